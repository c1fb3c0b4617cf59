using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Criteria;

namespace ActorPrune.Nn.Tests.Criteria;

public class MatrixRankTests
{
    [Fact]
    public void Ranks_of_matrices_that_one_sees_through()
    {
        MatrixRank.Of([1, 0, 0, 0, 1, 0, 0, 0, 1], 3, 3).ShouldBe(3);
        MatrixRank.Of(new float[12], 3, 4).ShouldBe(0);
        MatrixRank.Of([1, 2, 3, 2, 4, 6, -3, -6, -9], 3, 3).ShouldBe(1);
        MatrixRank.Of([1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 3).ShouldBe(2);
        MatrixRank.Of([0, 0, 0, 5], 2, 2).ShouldBe(1);
        MatrixRank.Of([3, 1, 4, 1], 1, 4).ShouldBe(1);
        MatrixRank.Of([-2], 1, 1).ShouldBe(1);
    }

    [Theory]
    [InlineData(8, 6)]
    [InlineData(6, 8)]
    [InlineData(32, 32)]
    public void A_sum_of_k_random_dyads_has_rank_k_whatever_its_scale(int rows, int columns)
    {
        for (var k = 0; k <= Math.Min(rows, columns) * 3 / 4; k++)
        {
            foreach (var scale in new[] { 1e-12, 1, 1e12 })
            {
                MatrixRank.Of(Dyads(rows, columns, k, scale), rows, columns).ShouldBe(k, $"{rows}×{columns}, scale {scale}");
            }
        }
    }

    [Fact]
    public void What_rounding_to_float32_leaves_behind_is_no_rank_and_what_is_clearly_there_is()
    {
        MatrixRank.Of([1, 1, 1, 1.0000001f], 2, 2).ShouldBe(1);
        MatrixRank.Of([1, 1, 1, 1.0001f], 2, 2).ShouldBe(2);
    }

    [Fact]
    public void A_length_that_does_not_fit_is_refused() =>
        Should.Throw<ArgumentException>(() => MatrixRank.Of(new float[5], 2, 3)).Message.ShouldContain("2×3");

    private static float[] Dyads(int rows, int columns, int count, double scale)
    {
        var random = CounterRandom.For(5, "test", rows, count, "dyads");
        var sum = new double[rows * columns];
        for (var k = 0; k < count; k++)
        {
            var left = Enumerable.Range(0, rows).Select(_ => random.NextGaussian()).ToArray();
            var right = Enumerable.Range(0, columns).Select(_ => random.NextGaussian()).ToArray();
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += scale * left[i / columns] * right[i % columns];
            }
        }

        return Array.ConvertAll(sum, v => (float)v);
    }
}
