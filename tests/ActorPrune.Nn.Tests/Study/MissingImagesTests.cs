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

    [Fact]
    public void The_right_images_are_found_when_they_take_the_place_of_others()
    {
        var spec = Spec(new DataSetCache().Get("cifar10", folder.Any).Hash);
        using var environment = new EvaluatorEnvironment(new DataSetCache(), new EvaluatorOptions { DataOptions = _ => folder.Any });
        var right = File.ReadAllBytes(folder.PathOf("test_batch.bin"));
        folder.Change("test_batch.bin", bytes => [bytes[0], (byte)(bytes[1] ^ 1), .. bytes[2..]]);
        Should.Throw<EvaluatorUnableException>(() => environment.Images(spec));

        File.WriteAllBytes(folder.PathOf("test_batch.bin"), right);

        environment.Images(spec).Test.Count.ShouldBe(20);
    }

    [Fact]
    public void Weights_that_could_not_be_had_are_asked_for_again()
    {
        var study = new SmallStudy();
        using var environment = new EvaluatorEnvironment(new DataSetCache(), new EvaluatorOptions { DataOptions = _ => folder.Any });
        var store = new AwayAtFirst(study);
        var weights = study.Base.Artifacts[BaseFigures.WeightsArtifact];
        Should.Throw<ArtifactUnavailableException>(() => environment.Weights(weights, store));

        environment.Weights(weights, store).ShouldNotBeEmpty();
    }

    private sealed class AwayAtFirst(IArtifactStore store) : IArtifactStore
    {
        private bool asked;

        public ArtifactId Put(ReadOnlySpan<byte> content) => store.Put(content);

        public byte[] Get(ArtifactId id)
        {
            (var first, asked) = (!asked, true);
            return first ? throw new ArtifactUnavailableException("The store is away.") : store.Get(id);
        }

        public bool Contains(ArtifactId id) => store.Contains(id);

        public void Remove(ArtifactId id) => store.Remove(id);
    }

    private static DataSpec Spec(string hash) => new("cifar10", hash, 0.2, 1, 0, false, null);
}
