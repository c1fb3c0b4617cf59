using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Study;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>Classes and image size come from the data; a network that does not fit them is refused with both named.</summary>
public sealed class DataFitTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Classes_and_image_size_come_from_the_data()
    {
        Digits.Write(folder.Path);
        var network = Prepared("name = mnist").Network;
        (network.Classes, network.Channels, network.Height, network.ImageWidth).ShouldBe((10, 1, 28, 28));

        WriteCifar100();
        Prepared("name = cifar100").Network.Classes.ShouldBe(100);
        var coarse = Prepared("name = cifar100, labels = coarse");
        coarse.Network.Classes.ShouldBe(20);
        coarse.Data.Labels.ShouldBe("coarse");
    }

    [Fact]
    public void A_network_that_needs_larger_images_is_refused_with_the_data_set_and_both_sizes()
    {
        Digits.Write(folder.Path);
        var refusal = Should.Throw<ConfigurationException>(() => Prepared("name = mnist", "network.name=vgg11")).Message;
        refusal.ShouldContain("network.name: Network 'vgg11' needs images of at least 32×32 pixels, not 28×28.");
        refusal.ShouldContain("The data set mnist has 10 classes of 1×28×28 images");
    }

    [Fact]
    public void Weights_for_another_number_of_classes_are_refused_with_the_data_set_and_both_numbers()
    {
        WriteCifar100();
        var ten = NetworkZoo.Create("resnet8", new NetworkOptions(Classes: 10, WidthMultiplier: 0.25));
        SafetensorsFile.Of(WeightInitialisation.Draw(ten, 1)).Write(folder.Inside("ten.safetensors"));
        var refusal = Should.Throw<ConfigurationException>(
            () => Prepared("name = cifar100", $"network.weights=\"{folder.Inside("ten.safetensors")}\"")).Message;
        refusal.ShouldContain("network.weights: ");
        refusal.ShouldContain("bias (Float32 [10], expected Float32 [100])");
        refusal.ShouldContain("The data set cifar100 has 100 classes of 3×32×32 images");
    }

    [Fact]
    public void Other_weights_under_the_same_name_are_named_as_what_differs()
    {
        var network = NetworkZoo.Create("resnet8", new NetworkOptions(Classes: 10, WidthMultiplier: 0.25));
        folder.Write("tiny.conf", Folder.Tiny);
        var existing = Begun(1);
        var stored = new Experiment("tiny", ExperimentStatus.Stopped, existing.Configuration.ToJson(), "", "", DateTimeOffset.UnixEpoch, null);
        Begun(1).Refuse(stored);

        var (old, now) = (existing.Configuration.Definition.Base.Weights!, Begun(2).Configuration.Definition.Base.Weights!);
        Should.Throw<CommandException>(() => Begun(2).Refuse(stored)).Message.ShouldContain(
            $"which differs in:\n  network.weights (content): {old[..12]} → {now[..12]}\nChoose another name");

        Launch Begun(long seed)
        {
            SafetensorsFile.Of(WeightInitialisation.Draw(network, seed)).Write(folder.Inside("base.safetensors"));
            var set = $"network.weights={folder.Inside("base.safetensors")}";
            return Launch.Prepare(folder.Inside("tiny.conf"), null, [set], folder.Home, _ => { });
        }
    }

    [Theory]
    [InlineData("name = shapes, labels = coarse", "data.labels: expected fine: shapes has no superclasses")]
    [InlineData("name = folder, image-size = 64, shorter-side = 63", "data.shorter-side: expected 0, or with data.resize = crop at least the 64")]
    [InlineData("name = folder, image-size = 64, shorter-side = 70, resize = stretch", "data.shorter-side: expected 0")]
    [InlineData("name = mnist, image-size = 32", "data.image-size: expected 0: the images of mnist are taken as they are, only those of folder,")]
    [InlineData("name = shapes, resize = stretch", "data.resize: expected crop: the images of shapes are taken as they are")]
    [InlineData("name = shapes, shorter-side = 32", "data.shorter-side: expected 0: the images of shapes are taken as they are")]
    [InlineData("name = folder, max-bad-share = 2", "data.max-bad-share: expected a number from 0 to 1")]
    [InlineData("name = ilsvrc2012", "data.path: ILSVRC-2012: found none of its files. Looked for train in ")]
    public void Settings_of_the_data_that_do_not_fit_are_refused_by_key(string data, string message) =>
        Should.Throw<ConfigurationException>(() => Prepared(data)).Message.ShouldContain(message);

    [Fact]
    public void What_determines_the_images_is_in_the_definition_and_nothing_else()
    {
        var shapes = Definition("data.name = shapes").ToJson();
        shapes.ShouldNotContain("\"labels\"");
        shapes.ShouldNotContain("\"images\"");
        var spec = new DataSpec("folder", "", 0.1, 1, 0, true, null, null, new ImagesSpec(64, true, 0));
        var options = Preparation.OptionsOf(spec, "/somewhere", memoryGib: 0.5);
        (options.ImageSize, options.Resize, options.MemoryLimit, options.Root).ShouldBe((64, ResizeChoice.Stretch, 1L << 29, "/somewhere"));
    }

    private StudyDefinition Prepared(string data, params string[] set) =>
        Definition($"data {{ {data}, checksum = any, path = \"{folder.Path}\" }}", set);

    private StudyDefinition Definition(string data, params string[] set)
    {
        folder.Write("fit.conf", Folder.Tiny.Replace("data.name = shapes", data, StringComparison.Ordinal));
        var settings = new SettingsReader(HoconDocument.Load(SettingsReader.ReferencePath), _ => null).Load(folder.Inside("fit.conf"), set);
        return Preparation.Of(settings, new DataSetCache(), DataRoot.Of(settings.Data.Path, folder.Home)).Definition;
    }

    private void WriteCifar100()
    {
        File.WriteAllBytes(folder.Inside("train.bin"), new byte[40 * 3074]);
        File.WriteAllBytes(folder.Inside("test.bin"), new byte[10 * 3074]);
    }
}
