namespace ActorPrune.Host.Configuration;

/// <summary>Finds the key that a person may have meant.</summary>
internal static class NearestKey
{
    /// <summary>
    /// The candidate with the smallest edit distance; of equal ones the least nested, then the one with the most beginning in common.
    /// </summary>
    public static string To(string key, IEnumerable<string> candidates)
    {
        var wanted = Normal(key);
        return candidates
            .OrderBy(c => Distance(wanted, c))
            .ThenBy(c => c.Count('.'.Equals))
            .ThenByDescending(c => wanted.Zip(c).TakeWhile(p => p.First == p.Second).Count())
            .ThenBy(c => c, StringComparer.Ordinal)
            .First();
    }

    /// <summary>learningRate and learning_rate are slips for learning-rate, not far-away words.</summary>
    private static string Normal(string key) =>
        string.Join('.', key.Split('.').Select(SettingsSchema.Kebab)).Replace('_', '-') is var normal && normal.Length <= Longest ? normal : normal[..Longest];

    private const int Longest = 128;

    /// <summary>Levenshtein's distance; a key in another section counts as near if its last part is near.</summary>
    private static int Distance(string wanted, string candidate) =>
        Math.Min(Edits(wanted, candidate), 2 + Edits(Last(wanted), Last(candidate)));

    private static string Last(string key) => key[(key.LastIndexOf('.') + 1)..];

    private static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
