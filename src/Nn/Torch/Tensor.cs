using System.Runtime.InteropServices;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Torch;

#pragma warning disable CA1707, IDE1006 // the names are PyTorch's

/// <summary>
/// A tensor of libtorch. It belongs to the innermost <see cref="DisposeScope"/> of the thread that made it, until it is moved or detached.
/// </summary>
public sealed unsafe class Tensor : IDisposable
{
    private nint handle;
    private DisposeScope? scope;

    internal Tensor(nint handle)
    {
        if (handle == 0)
        {
            throw Native.Failure();
        }

        scope = DisposeScope.Innermost;
        if (scope is null)
        {
            Native.ap_free(handle);
            throw new InvalidOperationException("A tensor was made outside any scope: open one with 'using var scope = torch.NewDisposeScope()'.");
        }

        this.handle = handle;
        ScopePosition = scope.Add(this);
    }

    /// <summary>Handles alive in the whole process.</summary>
    public static long LiveCount => Native.ap_live_handles();

    internal int ScopePosition { get; set; }

    /// <exception cref="ObjectDisposedException">It was freed.</exception>
    internal nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor), "A tensor was used after its scope had freed it.");

    public int Rank
    {
        get
        {
            var rank = Native.ap_rank(Handle);
            return rank >= 0 ? rank : throw Native.Failure();
        }
    }

    /// <summary>Sizes, outermost first.</summary>
    public long[] shape
    {
        get
        {
            var sizes = new long[Rank];
            for (var i = 0; i < sizes.Length; i++)
            {
                sizes[i] = size(i);
            }

            return sizes;
        }
    }

    public ScalarType dtype
    {
        get
        {
            var type = Native.ap_type(Handle);
            return type >= 0 ? (ScalarType)type : throw Native.Failure();
        }
    }

    public Device device => new(Native.ap_device(Handle));

    public bool is_channels_last => Native.ap_is_channels_last(Handle) == 1;

    /// <summary>The gradient that the last backward pass left, as a tensor of the current scope, or null.</summary>
    public Tensor? grad
    {
        get
        {
            nint result;
            Native.Check(Native.ap_grad(Handle, &result));
            return result == 0 ? null : new Tensor(result);
        }
    }

    public long size(int dimension)
    {
        var size = Native.ap_size(Handle, dimension);
        return size >= 0 ? size : throw Native.Failure();
    }

    public long numel()
    {
        var count = 1L;
        foreach (var size in shape)
        {
            count *= size;
        }

        return count;
    }

    /// <summary>A tensor of the same values in another type; itself shared where nothing changes.</summary>
    public Tensor to(ScalarType type) => new(Native.ap_to(Handle, (int)type, -2, 0));

    public Tensor to(Device device) => new(Native.ap_to(Handle, -2, device.Index, 0));

    public Tensor to(ScalarType type, Device device) => new(Native.ap_to(Handle, (int)type, device.Index, 0));

    /// <summary>N×C×H×W with the channels innermost in memory.</summary>
    public Tensor channels_last() => new(Native.ap_to(Handle, -2, -2, 1));

    /// <summary>Row-major.</summary>
    public Tensor contiguous() => new(Native.ap_to(Handle, -2, -2, -1));

    public Tensor detach() => new(Native.ap_detach(Handle));

    /// <summary>Another handle to the same tensor, with its history.</summary>
    public Tensor alias() => new(Native.ap_to(Handle, -2, -2, 0));

    public Tensor clone() => new(Native.ap_clone(Handle));

    /// <summary>Overwrites it with the values of <paramref name="source"/>, outside autograd.</summary>
    public void copy_(Tensor source) => Native.Check(Native.ap_copy_(Handle, source.Handle));

    public Tensor requires_grad_(bool value = true)
    {
        Native.Check(Native.ap_set_requires_grad(Handle, value ? 1 : 0));
        return this;
    }

    public void backward() => Native.Check(Native.ap_backward(Handle));

    public void zero_grad() => Native.Check(Native.ap_clear_grad(Handle));

    /// <summary>The only element.</summary>
    public double item()
    {
        double value;
        Native.Check(Native.ap_item(Handle, &value));
        return value;
    }

    public Tensor abs() => new(Native.ap_abs(Handle));

    public Tensor sqrt() => new(Native.ap_sqrt(Handle));

    public Tensor relu() => new(Native.ap_relu(Handle));

    public Tensor reshape(params ReadOnlySpan<long> shape)
    {
        fixed (long* sizes = shape)
        {
            return new Tensor(Native.ap_reshape(Handle, sizes, shape.Length));
        }
    }

    /// <summary>Over all dimensions where none is named.</summary>
    public Tensor sum(params ReadOnlySpan<long> dimensions)
    {
        fixed (long* list = dimensions)
        {
            return new Tensor(Native.ap_sum(Handle, list, dimensions.Length));
        }
    }

    /// <summary>Over all dimensions where none is named.</summary>
    public Tensor mean(params ReadOnlySpan<long> dimensions)
    {
        fixed (long* list = dimensions)
        {
            return new Tensor(Native.ap_mean(Handle, list, dimensions.Length));
        }
    }

    public Tensor argmax(int dimension) => new(Native.ap_argmax(Handle, dimension));

    /// <summary>Row-major copy of the elements, which must be of float32.</summary>
    public float[] ToFloats()
    {
        var values = new float[numel()];
        CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Row-major copy of the elements, which must be of float32, with the shape.</summary>
    internal TensorData ToData()
    {
        var sizes = shape;
        var bytes = new byte[checked(sizes.Aggregate(4L, (product, size) => checked(product * size)))];
        CopyTo(bytes);
        return new TensorData([.. sizes], TensorType.Float32, bytes);
    }

    /// <summary>Row-major copy of the elements, which must be of int64.</summary>
    public long[] ToLongs()
    {
        var values = new long[numel()];
        CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Writes the row-major bytes, whatever the memory format and device.</summary>
    /// <exception cref="TorchException"><paramref name="bytes"/> is not exactly as long as the tensor.</exception>
    public void CopyTo(Span<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            Native.Check(Native.ap_copy_to_bytes(Handle, data, bytes.Length));
        }
    }

    /// <summary>Overwrites the elements from row-major bytes.</summary>
    /// <exception cref="TorchException"><paramref name="bytes"/> is not exactly as long as the tensor.</exception>
    public void CopyFrom(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            Native.Check(Native.ap_copy_from_bytes(Handle, data, bytes.Length));
        }
    }

    public static Tensor operator +(Tensor x, Tensor y) => new(Native.ap_add(x.Handle, y.Handle));

    public static Tensor operator -(Tensor x, Tensor y) => new(Native.ap_sub(x.Handle, y.Handle));

    public static Tensor operator *(Tensor x, Tensor y) => new(Native.ap_mul(x.Handle, y.Handle));

    public static Tensor operator /(Tensor x, Tensor y) => new(Native.ap_div(x.Handle, y.Handle));

    public static Tensor operator *(Tensor x, double y) => new(Native.ap_mul_scalar(x.Handle, y));

    public static Tensor operator +(Tensor x, double y) => new(Native.ap_add_scalar(x.Handle, y));

    /// <summary>Gives it to the scope around its own, or detaches it where there is none.</summary>
    public Tensor MoveToOuterDisposeScope()
    {
        var outer = scope?.Outer;
        DetachFromDisposeScope();
        if (outer is not null)
        {
            scope = outer;
            ScopePosition = outer.Add(this);
        }

        return this;
    }

    /// <summary>Takes it out of its scope: the caller frees it with <see cref="Dispose"/>.</summary>
    public Tensor DetachFromDisposeScope()
    {
        scope?.Remove(ScopePosition);
        scope = null;
        return this;
    }

    public void Dispose()
    {
        if (handle != 0)
        {
            DetachFromDisposeScope();
            FreeFromScope();
        }
    }

    internal void FreeFromScope()
    {
        scope = null;
        Native.ap_free(handle);
        handle = 0;
    }
}
