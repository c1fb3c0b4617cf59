namespace ActorPrune.Nn.Criteria;

/// <summary>Numerical rank of small matrices, in managed code: it is the same on every machine, whatever its linear algebra
/// library.</summary>
public static class MatrixRank
{
    /// <summary>
    /// Number of steps that a rank-revealing decomposition (Gram-Schmidt with pivoting, in double precision) takes before all rows that
    /// are left are shorter than the longest row × max(rows, columns) × 2⁻²³. That is the usual tolerance for float32, with pivots in
    /// the place of singular values.
    /// </summary>
    /// <param name="matrix">Rows × columns, row-major.</param>
    /// <exception cref="ArgumentException">The length does not fit.</exception>
    public static int Of(ReadOnlySpan<float> matrix, int rows, int columns)
    {
        if (rows < 1 || columns < 1 || matrix.Length != rows * columns)
        {
            throw new ArgumentException($"A matrix of {rows}×{columns} cannot have {matrix.Length} elements.", nameof(matrix));
        }

        var left = new double[matrix.Length];
        var squares = new double[rows];
        for (var i = 0; i < left.Length; i++)
        {
            left[i] = matrix[i];
            squares[i / columns] += left[i] * left[i];
        }

        var tolerance = Math.Max(rows, columns) * Math.ScaleB(1, -23);
        var limit = tolerance * tolerance * squares.Max();
        var rank = 0;
        while (rank < Math.Min(rows, columns))
        {
            var pivot = Array.IndexOf(squares, squares.Max());
            if (!(squares[pivot] > limit))
            {
                break;
            }

            TakeOut(left, squares, pivot, columns);
            rank++;
        }

        return rank;
    }

    /// <summary>Makes all rows orthogonal to row <paramref name="pivot"/>, which is used up.</summary>
    private static void TakeOut(double[] left, double[] squares, int pivot, int columns)
    {
        var direction = left.AsSpan(pivot * columns, columns);
        var length = Dot(direction, direction);
        squares[pivot] = 0;
        for (var row = 0; row < squares.Length; row++)
        {
            // Rows that are used up, or were zero, stay as they are.
            if (squares[row] > 0)
            {
                var other = left.AsSpan(row * columns, columns);
                var share = Dot(other, direction) / length;
                for (var i = 0; i < other.Length; i++)
                {
                    other[i] -= share * direction[i];
                }

                // Pythagoras instead of a sum over the row: off by some 10⁻¹⁵ of the longest row's square, far below the limit.
                squares[row] = Math.Max(0, squares[row] - (share * share * length));
            }
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        // Two sums keep the processor busy; their order is fixed, so the result does not depend on the processor.
        var (even, odd) = (0.0, 0.0);
        var i = 0;
        for (; i + 1 < a.Length; i += 2)
        {
            even += a[i] * b[i];
            odd += a[i + 1] * b[i + 1];
        }

        return i < a.Length ? even + odd + (a[i] * b[i]) : even + odd;
    }
}
