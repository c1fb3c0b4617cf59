using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.SubNetworks;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.SubNetworks;

public sealed class PrefixCacheTests
{
    private const int Batches = 4;

    private static readonly ChannelCoupling Coupling = ChannelCoupling.Of(NetworkZoo.Create("resnet8",
        new NetworkOptions(Classes: 7, Height: 8, Width: 8, WidthMultiplier: 0.5)));

    private static readonly BitString All = BitString.Filled(Coupling.UnitCount, true);

    [Fact]
    public void A_limit_that_is_too_small_costs_time_and_never_changes_a_result()
    {
        var setting = Setting(1);
        var filters = SubNetworkLaw.WithGroups(Coupling, [1], All, bit => bit % 2 == 0);
        var (own, batch) = (setting.WeightBytes, setting.BatchBytes);
        double[] errors = [.. new[] { 0, own + batch, own + (2 * batch), long.MaxValue / 2 }.Select(limit =>
        {
            var cache = new PrefixCache(limit);
            double error;
            using (var place = cache.Enter("a", () => setting))
            {
                error = Reconstruction.Measure(place, filters, default).Error;
                Reconstruction.Measure(place, filters, default).Error.ShouldBe(error, "from what is kept");
            }

            cache.Bytes.ShouldBe(own + (batch * Math.Clamp((limit - own) / batch, 0, Batches)));
            cache.Clear();
            cache.Bytes.ShouldBe(0);
            return error;
        })];
        errors.Distinct().ShouldHaveSingleItem().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Settings_that_nobody_is_in_make_room_the_one_used_longest_ago_first()
    {
        var all = Setting(0).WeightBytes + (Batches * Setting(0).BatchBytes);
        var cache = new PrefixCache(2 * all);
        var made = new List<string>();
        Enter("a");
        Enter("b");
        Enter("a");
        Enter("c");
        Enter("a");
        Enter("b");
        made.ShouldBe(["a", "b", "c", "b"]);
        cache.Clear();

        void Enter(string key)
        {
            using var place = cache.Enter(key, () =>
            {
                made.Add(key);
                return Setting(0);
            });
            cache.Bytes.ShouldBeLessThanOrEqualTo(2 * all);
        }
    }

    [Fact]
    public void A_setting_that_somebody_is_in_stays()
    {
        var all = Setting(0).WeightBytes + (Batches * Setting(0).BatchBytes);
        var cache = new PrefixCache(all);
        using (cache.Enter("a", () => Setting(0)))
        {
            using var other = cache.Enter("b", () => Setting(0));
            cache.Enter("a", () => throw new InvalidOperationException("It is there.")).Dispose();
        }

        cache.Clear();
    }

    [Fact]
    public void A_setting_that_could_not_be_made_is_made_again_by_the_next()
    {
        var cache = new PrefixCache(1 << 28);
        Should.Throw<InvalidOperationException>(() => cache.Enter("a", () => throw new InvalidOperationException("no memory")));
        cache.Enter("a", () => Setting(0)).Dispose();
        cache.Clear();
    }

    [Fact]
    public void Threads_that_want_the_same_values_share_them_and_find_the_same_errors()
    {
        var cache = new PrefixCache(1 << 28);
        var candidates = Enumerable.Range(0, 8).Select(i => SubNetworkLaw.WithGroups(
            Coupling, [1], All, bit => bit % 8 == 0 || CounterRandom.For(4, "x", i, bit, "keep").NextBool())).ToArray();
        double[] One()
        {
            using var place = cache.Enter("a", () => Setting(1));
            return [.. candidates.Select(c => Reconstruction.Measure(place, c, default).Error)];
        }

        var found = new double[4][];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() => found[i] = One())).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        found.ShouldAllBe(f => f.SequenceEqual(found[0]));
        cache.Clear();
    }

    private static SubNetworkSetting Setting(int group) => SubNetworkLaw.Setting(
        Coupling, [group], All, Generated.Weights(Coupling.Graph), SubNetworkLaw.Drawn(Coupling.Graph, 3 * Batches), Batches);
}
