using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Tests.Study;

namespace ActorPrune.Nn.Tests.Criteria;

/// <summary>Criteria from job to result, on a random network of a few channels and sixty drawn images.</summary>
public class CriterionJobTests
{
    [Fact]
    public void A_candidate_by_any_criterion_is_the_same_on_every_evaluator_and_another_than_by_magnitude()
    {
        var weights = new Dictionary<string, ArtifactId>();
        foreach (var criterion in new[] { "l1", "taylor", "hrank" })
        {
            var results = Enumerable.Range(0, 2).Select(_ => OnItsOwnThread(() => Final(criterion))).ToArray();
            results[1].Measures.ToArray().ShouldBe(results[0].Measures.ToArray());
            results[1].Artifacts.ToArray().ShouldBe(results[0].Artifacts.ToArray());
            weights.Add(criterion, results[0].Artifacts[BaseFigures.WeightsArtifact]);
        }

        weights.Values.Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void Only_a_measurement_whose_criterion_looks_at_data_names_the_data()
    {
        var small = Study();
        var byWeights = small.Study.Measurement(Half(small, "l1"), small.Base);
        var byData = small.Study.Measurement(Half(small, "hrank"), small.Base);
        byWeights.Body.ShouldNotContain("\"data\"");
        small.Study.Measurement(null, small.Base).Body.ShouldNotContain("\"data\"");
        byData.Body.ShouldContain("\"data\"");
        small.Evaluate(byWeights).Measures[MeasureNames.LatencyMs].ShouldBeGreaterThan(0);
        small.Evaluate(byData).Measures[MeasureNames.LatencyMs].ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_job_that_names_an_unknown_criterion_fails_for_good_with_those_that_are_known()
    {
        var small = Study();
        var job = small.Study.Problem(small.Base).Evaluation(Half(small, "luck"));
        Should.Throw<EvaluationException>(() => small.Evaluate(job)).Message.ShouldContain("'luck'; known are l1");
    }

    private static JobResult Final(string criterion)
    {
        var small = Study();
        return small.Evaluate(small.Study.Final(
            new Evaluated(Half(small, criterion), new JobKey(criterion), ImmutableSortedDictionary<string, double>.Empty, null),
            small.Base));
    }

    private static T OnItsOwnThread<T>(Func<T> compute)
    {
        var (result, failure) = (default(T), default(Exception));
        var thread = new Thread(() =>
        {
            try
            {
                result = compute();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw failure;
    }

    private static SmallStudy Study() => new(network: new NetworkSpec("resnet8", "a", 0.25, 10, 3, 32, 32), method: new MagnitudeSettings());

    /// <summary>Half of each group stays.</summary>
    private static CriterionGenome Half(SmallStudy small, string criterion) =>
        new([.. small.Study.Problem(small.Base).Space.Groups.Select(g => new GroupChoice(g.Length / 2, criterion))]);
}
