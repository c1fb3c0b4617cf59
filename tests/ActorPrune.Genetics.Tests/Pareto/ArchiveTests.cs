using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Pareto;

public sealed class ArchiveTests
{
    [Fact]
    public void An_archive_keeps_the_non_dominated_in_canonical_order()
    {
        var archive = Archive.Empty.AddRange(
            [Points.At(3, 1), Points.At(1, 3), Points.At(2, 2), Points.At(2, 3), Points.Failed("f"), Points.At(double.NaN, 0)]);
        archive.Members.Select(m => (m["error"], m["macs"])).ShouldBe([(1, 3), (2, 2), (3, 1)]);
    }

    [Fact]
    public void Whatever_the_order_of_arrival_the_archive_is_the_same()
    {
        var random = CounterRandom.For(4, "archive", 0, 0, "test");
        Evaluated[] candidates = [.. Enumerable.Range(0, 60).Select(i =>
            Points.At(i % 12, 12 - (i % 12) + random.NextInt(4), random.NextBool() ? "" : $"{i}"))];
        var together = Archive.Empty.AddRange(candidates);
        together.Members.Length.ShouldBeGreaterThan(2);
        for (var round = 0; round < 30; round++)
        {
            random.Shuffle<Evaluated>(candidates);
            candidates.Aggregate(Archive.Empty, (archive, candidate) => archive.AddRange([candidate])).ShouldBe(together);
            var half = Archive.Empty.AddRange(candidates[..30]);
            var rest = Archive.Empty.AddRange(candidates[30..]);
            half.AddRange(rest.Members).ShouldBe(together);
            rest.AddRange(half.Members).ShouldBe(together);
        }

        foreach (var candidate in candidates)
        {
            var point = Dominance.Objectives(candidate, ["error", "macs"]);
            var dominated = candidates.Any(c => Dominance.Dominates(Dominance.Objectives(c, ["error", "macs"]), point));
            together.Members.Any(m => m.Job == candidate.Job).ShouldBe(!dominated);
        }
    }

    [Fact]
    public void One_job_is_kept_once_and_equal_figures_of_two_jobs_are_kept_both()
    {
        Archive.Empty.AddRange([Points.At(1, 1), Points.At(1, 1), Points.At(1, 1, "other")]).Members.Length.ShouldBe(2);
    }

    [Fact]
    public void Picks_are_the_two_ends_and_the_knee_between_them()
    {
        var picks = Picks.Of([Points.At(0.10, 100), Points.At(0.11, 60), Points.At(0.12, 30), Points.At(0.20, 25), Points.At(0.40, 20)]);
        picks.Heavy["macs"].ShouldBe(100);
        picks.Light["macs"].ShouldBe(20);
        picks.Knee["macs"].ShouldBe(30, "(0.02/0.3 + 10/80) is the smallest of the three distances");
    }

    [Fact]
    public void The_knee_is_neither_end_as_long_as_there_is_something_between_them()
    {
        // The light end itself is nearest to the ideal point.
        var picks = Picks.Of([Points.At(0.10, 100), Points.At(0.19, 90), Points.At(0.101, 1)]);
        picks.Knee["macs"].ShouldBe(90);
    }

    [Fact]
    public void Fronts_of_one_two_or_equal_points_have_picks_too()
    {
        var only = Points.At(0.1, 10);
        Picks.Of([only]).ShouldBe(new Picks(only, only, only));
        var (heavy, light) = (Points.At(0.1, 10), Points.At(0.2, 5));
        Picks.Of([light, heavy]).Heavy.ShouldBe(heavy);
        Picks.Of([light, heavy]).Light.ShouldBe(light);
        var (first, second) = (Points.At(0.1, 10, "a"), Points.At(0.1, 10, "b"));
        Picks.Of([second, first, Points.Failed("f")]).ShouldBe(new Picks(first, first, first), "the first by canonical genome");
        Should.Throw<ArgumentException>(() => Picks.Of([Points.Failed("f")])).Message.ShouldContain("nothing to pick from");
    }

    [Fact]
    public void Picks_do_not_depend_on_the_order_of_the_front()
    {
        Evaluated[] front = [Points.At(0.1, 9), Points.At(0.1, 9, "b"), Points.At(0.2, 5), Points.At(0.3, 4), Points.At(0.3, 4, "b")];
        var random = CounterRandom.For(9, "picks", 0, 0, "test");
        var picks = Picks.Of(front);
        for (var round = 0; round < 20; round++)
        {
            random.Shuffle<Evaluated>(front);
            Picks.Of(front).ShouldBe(picks);
        }
    }

    [Fact]
    public void The_knee_ignores_an_objective_that_does_not_vary()
    {
        Knee.Of([[1, 5], [1, 4], [1, 6]]).ShouldBe(1);
        Knee.Distances([[1, 5], [1, 4], [double.PositiveInfinity, 0]]).ShouldBe([1, 0.8, double.PositiveInfinity]);
        Should.Throw<ArgumentException>(() => Knee.Of([]));
    }
}
