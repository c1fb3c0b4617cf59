using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Tests.Torch;

public class TensorTests
{
    [Fact]
    public void A_refusal_of_libtorch_arrives_with_its_message_and_without_a_stack()
    {
        using var scope = torch.NewDisposeScope();
        var e = Should.Throw<TorchException>(() => torch.zeros([2, 3]) + torch.zeros([4, 5]));

        e.Message.ShouldContain("The size of tensor a (3) must match the size of tensor b (5)");
        e.Message.ShouldNotContain("frame #");
        Should.Throw<TorchException>(() => torch.zeros([2]).CopyTo(new byte[7])).Message.ShouldContain("8 bytes, but 7 were given");
    }

    [Fact]
    public void A_scope_frees_what_was_made_in_it_but_for_what_was_moved_out()
    {
        using var outer = torch.NewDisposeScope();
        Tensor kept, freed, detached;
        using (torch.NewDisposeScope())
        {
            freed = torch.ones([2]);
            kept = (freed + freed).MoveToOuterDisposeScope();
            detached = (freed * 3).DetachFromDisposeScope();
        }

        kept.ToFloats().ShouldBe([2f, 2]);
        detached.ToFloats().ShouldBe([3f, 3]);
        outer.Count.ShouldBe(1);
        detached.Dispose();
        Should.Throw<ObjectDisposedException>(() => freed.ToFloats());
    }

    [Fact]
    public void A_tensor_outside_any_scope_is_refused()
    {
        var thread = new Thread(() => Should.Throw<InvalidOperationException>(() => torch.zeros([1])).Message.ShouldContain("NewDisposeScope"));
        thread.Start();
        thread.Join();
    }

    [Fact]
    public void Bytes_come_out_row_major_whatever_the_memory_format()
    {
        using var scope = torch.NewDisposeScope();
        var values = Enumerable.Range(0, 2 * 3 * 4 * 5).Select(i => (float)i).ToArray();
        var tensor = torch.tensor(values, [2, 3, 4, 5]).channels_last();

        tensor.is_channels_last.ShouldBeTrue();
        tensor.ToFloats().ShouldBe(values);
        tensor.to(ScalarType.BFloat16).to(ScalarType.Float32).ToFloats().ShouldBe(values);
        tensor.to(ScalarType.Int64).ToLongs().ShouldBe(values.Select(v => (long)v));
        tensor.shape.ShouldBe([2, 3, 4, 5]);
    }

    [Fact]
    public void Channels_are_selected_padded_and_passed_gradients_as_stated()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor([1f, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1, 3, 2, 2]).channels_last().requires_grad_();

        var selected = functional.channel_select(x, [2, -1, 0, 2]);
        selected.ToFloats().ShouldBe([9f, 10, 11, 12, 0, 0, 0, 0, 1, 2, 3, 4, 9, 10, 11, 12]);
        selected.sum().backward();
        x.grad!.ToFloats().ShouldBe([1f, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2]);
        functional.pad_shortcut(x, 2, 1, 2, pool: false).ToFloats().ShouldBe([0f, 1, 5, 9, 0, 0]);
        functional.pad_shortcut(x, 2, 1, 2, pool: true).ToFloats().ShouldBe([0f, 2.5f, 6.5f, 10.5f, 0, 0]);
        Should.Throw<TorchException>(() => functional.channel_select(x, [3])).Message.ShouldContain("channel 3");
    }

    [Fact]
    public void Threads_are_set_for_the_calling_thread_alone()
    {
        var inner = 0;
        var thread = new Thread(() => inner = Run());
        thread.Start();
        thread.Join();

        inner.ShouldBe(2);
        torch.get_num_threads().ShouldBe(1);

        static int Run()
        {
            torch.set_num_threads(2);
            return torch.get_num_threads();
        }
    }

    /// <summary>libtorch sets its own default, by OMP_NUM_THREADS or the number of cores, at a thread's first operation in parallel.</summary>
    [Fact]
    public void A_new_thread_has_one_intra_op_thread_before_and_after_its_first_operation()
    {
        var (before, after) = (0, 0);
        var thread = new Thread(() =>
        {
            before = torch.get_num_threads();
            using var scope = torch.NewDisposeScope();
            var x = torch.zeros([64, 64, 16, 16]);
            functional.relu(x + x).sum();
            after = torch.get_num_threads();
        });
        thread.Start();
        thread.Join();

        (before, after).ShouldBe((1, 1));
    }

    [Fact]
    public void What_the_machine_can_do_is_told()
    {
        var capabilities = Capabilities.Read();

        capabilities.Libtorch.ShouldMatch(@"^\d+\.\d+");
        capabilities.OpenMp.ShouldBeTrue();
        capabilities.Devices.First().ShouldBe(Device.Cpu);
        Device.Parse("cuda:3").ShouldBe(new Device(3));
        Should.Throw<ArgumentException>(() => Device.Parse("gpu"));
    }

    [Fact]
    public void Time_inside_libtorch_is_accounted_to_the_thread()
    {
        NativeTime.Reset();
        using (torch.NewDisposeScope())
        {
            torch.zeros([256, 256]).mean();
        }

        var spent = NativeTime.Reset();
        spent.ShouldBeGreaterThan(TimeSpan.Zero);
        NativeTime.Read().ShouldBeLessThan(spent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mixed_precision_agrees_with_float32_within_a_few_percent(bool training)
    {
        // ResNet-20, 20 rounded layers of 8 significant bits each: the relative error of the logits stays below 5 %.
        var graph = TestNetworks.ResNet20(width: 8);
        var weights = WeightInitialisation.Draw(graph, 1);
        var exact = Logits(graph, weights, Precision.Float32, training);
        var mixed = Logits(graph, weights, Precision.BFloat16, training);

        Norm(exact.Zip(mixed, (a, b) => a - b)).ShouldBeLessThan(0.05 * Norm(exact));
        exact.ShouldNotBe(mixed);
    }

    private static float[] Logits(NetworkGraph graph, NamedTensors weights, Precision precision, bool training)
    {
        using var module = new NetworkModule(graph, weights, new ModuleOptions(precision, Device.Cpu));
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var values = Enumerable.Range(0, 8 * 3 * 32 * 32).Select(i => MathF.Sin(i * 0.37f)).ToArray();
        return module.Forward(torch.tensor(values, [8, 3, 32, 32]).to(module.InputType).channels_last(), training).ToFloats();
    }

    private static double Norm(IEnumerable<float> values) => Math.Sqrt(values.Sum(v => (double)v * v));
}
