using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Nn.Tests.Study;

/// <summary>Where a candidate's error went: with inherited weights, with fresh statistics, after training.</summary>
public sealed class AdaptationTests
{
    [Fact]
    public void An_evaluation_reports_the_error_before_its_training_only_where_it_was_asked_to_and_measures_the_same()
    {
        var (silent, telling) = (new SmallStudy(), new SmallStudy(measureStart: true));
        var plain = silent.Study.Problem(silent.Base).Evaluation(Half(silent));
        var asked = telling.Study.Problem(telling.Base).Evaluation(Half(telling));
        plain.Body.ShouldNotContain("measureStart", Case.Sensitive, "keys of before stay");
        asked.Key.ShouldNotBe(plain.Key);

        var (before, after) = (silent.Evaluate(plain), telling.Evaluate(asked));
        after.Measures.ShouldBe(before.Measures);
        Errors(before).ShouldBe([null, null, before.Measures[MeasureNames.Error]]);
        Errors(after).ShouldAllBe(e => e >= 0 && e <= 1);
    }

    [Fact]
    public void A_re_training_reports_all_three_errors_also_where_its_recipe_does_not_recalibrate()
    {
        var study = new SmallStudy();
        study.Study.Definition.Final.Recipe.Recalibration.ShouldBe(0);
        var pick = new Evaluated(Half(study), new JobKey("pick"), ImmutableSortedDictionary<string, double>.Empty, null);
        Errors(study.Evaluate(study.Study.Final(pick, study.Base))).ShouldAllBe(e => e >= 0 && e <= 1);
    }

    private static MaskGenome Half(SmallStudy study) => new(BitString.Create(study.Study.Problem(study.Base).Space.Units, i => i % 2 == 0), null);

    private static double?[] Errors(JobResult result)
    {
        var detail = JsonNode.Parse(result.Detail)!;
        return [(double?)detail["errorInherited"], (double?)detail["errorRecalibrated"], (double?)detail["errorFineTuned"]];
    }
}
