using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Tests.Data;

namespace ActorPrune.Nn.Tests.Study;

public sealed class MissingImagesTests : IDisposable
{
    private readonly CifarFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Images_that_are_not_here_are_no_fault_of_the_job_and_are_found_once_they_come()
    {
        var spec = Spec(new DataSetCache().Get("cifar10", folder.Any).Hash);
        var environment = new EvaluatorEnvironment(new DataSetCache(), new EvaluatorOptions { DataOptions = _ => folder.Any });
        var away = folder.Folder + ".away";
        Directory.Move(folder.Folder, away);
        Should.Throw<EvaluatorUnableException>(() => environment.Images(spec)).Message.ShouldContain(folder.Root);

        Directory.Move(away, folder.Folder);

        environment.Images(spec).Test.Count.ShouldBe(20);
    }

    [Fact]
    public void Other_images_than_the_experiment_was_made_with_are_no_fault_of_the_job()
    {
        var environment = new EvaluatorEnvironment(new DataSetCache(), new EvaluatorOptions { DataOptions = _ => folder.Any });

        Should.Throw<EvaluatorUnableException>(() => environment.Images(Spec(new string('0', 64)))).Message.ShouldContain("000000000000");
    }

    private static DataSpec Spec(string hash) => new("cifar10", hash, 0.2, 1, 0, false, null);
}
