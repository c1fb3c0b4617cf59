using ActorPrune.Genetics.Ports;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>All that somebody else needs to get the same front, and what the words on the page mean.</summary>
internal static class ReproductionSection
{
    public static Node Of(RunModel model, RunFigures figures)
    {
        var place = model.Environment;
        var origin = figures.Base;
        return Section(
            "reproduce",
            "To get the same again",
            model.Command.Length == 0 ? null : E("pre").With(model.Command),
            E("dl").With(
            [
                .. Term("seed", $"{model.Seed}"),
                .. Term("digest of the front", figures.Digest),
                .. Term("convention of MACs", model.Convention),
                .. Term(
                    "base network",
                    $"{model.Network}: {Wording.Count(origin.Macs)} MACs, {Wording.Count(origin.Params)} params, "
                    + $"test error {Wording.Percent(origin.TestErrorLast, 2)} (last epoch), "
                    + $"{Wording.Percent(origin.TestErrorBest, 2)} (best epoch), "
                    + $"validation error {Wording.Percent(origin.SearchError, 2)}"),
                .. Term("measured with", Conditions(model)),
                .. Term("machine", place.Machine),
                .. Term("device", place.Device + (place.Evaluators > 0 ? $", {Wording.Plural(place.Evaluators, "evaluator")}" : string.Empty)),
                .. Term("precision", place.Precision),
                .. Term("libtorch", place.Libtorch),
                .. Term("ActorPrune", place.Engine),
                .. Term("operating system", place.OperatingSystem),
            ]),
            P(
                "The same configuration and seed give the same front, byte for byte, with any number of evaluators and across "
                + "interruptions, on the same kind of device and version of libtorch: compare the digest. "
                + (model.Objectives.Contains(MeasureNames.LatencyMs)
                    ? "But time is an objective of this search, and a measured time is not reproducible: the front is exact on one store only."
                    : "Measured times are the exception: they differ from run to run, so neither the digest nor front.json holds any.")),
            model.Configuration.Length == 0 ? null : E("details").With(
                E("summary").With("The full configuration"), E("pre").With(model.Configuration)));
    }

    public static Node Terms(RunModel model) => Section(
        "terms",
        "Words and units",
        E("dl").With(
        [
            .. Term(
                "MACs",
                $"Multiply-accumulates of one forward pass on one image, by the convention “{model.Convention}”; "
                + "conventions differ between publications."),
            .. Term("params", "Trainable weights."),
            .. Term("error", "Share of wrong answers. Validation: on images held back from training. Test: on the data set's own test images."),
            .. Term("front", "The candidates that no other equals or beats in every objective at once."),
            .. Term("knee", "The pick with the smallest sum of distances to the best error and to the fewest MACs, each scaled to the front's range."),
            .. Term("ms", "Median time of one forward pass, measured under the conditions named above."),
            .. Term("hypervolume", "The share of the plane that a front dominates; one figure for a whole front."),
        ]));

    /// <summary>The measurements' conditions; several where they differ.</summary>
    private static string Conditions(RunModel model)
    {
        var lines = model.State.Measurements.Values.Select(m => ResultDetail.Parse(m.Result?.Detail).Conditions).OfType<string>().Distinct().ToArray();
        return lines.Length == 0 ? Wording.Missing : string.Join("; ", lines);
    }

    private static Node?[] Term(string name, string meaning) => [E("dt").With(name), E("dd").With(meaning.Length == 0 ? Wording.Missing : meaning)];
}
