namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>
/// Field numbers and codes of <c>onnx.proto</c> (github.com/onnx/onnx, package <c>onnx</c>), as far as they are used. The schema keeps
/// them for ever.
/// </summary>
internal static class OnnxFields
{
    public static class Model
    {
        public const int IrVersion = 1;
        public const int ProducerName = 2;
        public const int Graph = 7;
        public const int OpsetImport = 8;
        public const int MetadataProps = 14;
    }

    public static class OperatorSet
    {
        public const int Domain = 1;
        public const int Version = 2;
    }

    public static class Entry
    {
        public const int Key = 1;
        public const int Value = 2;
    }

    public static class Graph
    {
        public const int Node = 1;
        public const int Name = 2;
        public const int Initializer = 5;
        public const int Input = 11;
        public const int Output = 12;
        public const int SparseInitializer = 15;
    }

    public static class Node
    {
        public const int Input = 1;
        public const int Output = 2;
        public const int Name = 3;
        public const int OpType = 4;
        public const int Attribute = 5;
        public const int Domain = 7;
    }

    public static class Attribute
    {
        public const int Name = 1;
        public const int F = 2;
        public const int I = 3;
        public const int S = 4;
        public const int T = 5;
        public const int Ints = 8;
        public const int Type = 20;

        /// <summary>Codes of <see cref="Type"/>.</summary>
        public const long TypeFloat = 1, TypeInt = 2, TypeString = 3, TypeTensor = 4, TypeInts = 7;
    }

    public static class Tensor
    {
        public const int Dims = 1;
        public const int DataType = 2;
        public const int FloatData = 4;
        public const int Int64Data = 7;
        public const int Name = 8;
        public const int RawData = 9;
        public const int ExternalData = 13;
        public const int DataLocation = 14;

        /// <summary>Codes of <see cref="DataType"/>.</summary>
        public const long Float = 1, Int64 = 7, Bool = 9;
    }

    public static class ValueInfo
    {
        public const int Name = 1;
        public const int Type = 2;

        /// <summary>TypeProto.tensor_type.</summary>
        public const int TensorType = 1;

        /// <summary>TypeProto.Tensor.</summary>
        public const int ElementType = 1, Shape = 2;

        /// <summary>TensorShapeProto.dim.</summary>
        public const int Dimension = 1;

        /// <summary>TensorShapeProto.Dimension.</summary>
        public const int DimensionValue = 1, DimensionParameter = 2;
    }
}
