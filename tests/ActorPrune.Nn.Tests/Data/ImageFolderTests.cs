using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class ImageFolderTests
{
    private static string Refusal(ImageFolder source, DataSetOptions options) =>
        Should.Throw<DataException>(() => source.Load(options)).Message;

    private static byte[] All(ImageSet images) => [.. Enumerable.Range(0, images.Count).SelectMany(i => images.Image(i).ToArray())];

    [Theory]
    [InlineData("val")]
    [InlineData("validation")]
    [InlineData("test")]
    public void Each_folder_is_a_class_and_files_of_any_type_colour_and_size_become_images_of_one(string test)
    {
        using var tree = ImageTree.Mixed(test);
        var set = ImageFolder.Own.Load(tree.Any);
        set.ClassNames.ShouldBe(["ant", "cat", "dog"]);
        set.Shape.ShouldBe(new ImageShape(3, 8, 8, 3));
        set.Train.Labels.ToArray().ShouldBe([.. Enumerable.Repeat(0, 6), .. Enumerable.Repeat(1, 6), .. Enumerable.Repeat(2, 6)]);
        set.Test.ClassCounts().ShouldBe([2, 2, 2]);
        set.Notes.ShouldBeEmpty();
        foreach (var part in new[] { set.Train, set.Test })
        {
            for (var i = 0; i < part.Count; i++)
            {
                var label = part.Labels.Span[i];
                part.Image(i).ToArray().ShouldAllBe(p => p / 80 == label);
            }
        }

        var measured = Normalisation.Of(All(set.Train), 3, 64);
        set.Train.Mean.ShouldBe(measured.Mean);
        set.Test.Std.ShouldBe(measured.Std);
    }

    [Fact]
    public void The_hash_follows_content_classes_and_size_and_neither_names_nor_times_nor_places()
    {
        using var a = ImageTree.Mixed();
        using var b = ImageTree.Mixed();
        var hash = ImageFolder.Own.Load(a.Any).Hash;
        File.Move(b.PathOf("train/ant/0.png"), b.PathOf("train/ant/00.png"));
        File.SetLastWriteTimeUtc(b.PathOf("val/dog/6.png"), new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc));
        ImageFolder.Own.Load(b.Any).Hash.ShouldBe(hash);

        ImageFolder.Own.Load(a.Any with { ImageSize = 7 }).Hash.ShouldNotBe(hash);
        ImageFolder.Own.Load(a.Any with { ShorterSide = 9 }).Hash.ShouldNotBe(hash);
        ImageFolder.Own.Load(a.Any with { Resize = ResizeChoice.Stretch }).Hash.ShouldNotBe(hash);
        b.Write("val/dog/6.png", ImageTree.Png(2, 7));
        ImageFolder.Own.Load(b.Any).Hash.ShouldNotBe(hash);
        Directory.Move(a.PathOf("train/ant"), a.PathOf("train/bee"));
        Directory.Move(a.PathOf("val/ant"), a.PathOf("val/bee"));
        ImageFolder.Own.Load(a.Any).Hash.ShouldNotBe(hash);
    }

    [Fact]
    public void A_set_beyond_the_memory_limit_is_decoded_when_asked_for_and_is_the_same()
    {
        using var tree = ImageTree.Mixed();
        var held = ImageFolder.Own.Load(tree.Any);
        var streamed = ImageFolder.Own.Load(tree.Any with { MemoryLimit = (24 * 192) - 1 });
        ImageFolder.Own.Load(tree.Any with { MemoryLimit = 24 * 192 }).Train.Source.ShouldBeNull();
        streamed.Train.Source.ShouldNotBeNull().IsSlow.ShouldBeTrue();
        streamed.Train.Pixels.IsEmpty.ShouldBeTrue();
        streamed.Hash.ShouldBe(held.Hash);
        All(streamed.Train).ShouldBe(All(held.Train));
        All(streamed.Test).ShouldBe(All(held.Test));
        streamed.Train.Labels.ToArray().ShouldBe(held.Train.Labels.ToArray());
        streamed.Train.Mean.ShouldBe(held.Train.Mean);

        var settings = new SplitSettings { ValidationFraction = 0.5 };
        var (train, validation) = Split.Cut(streamed.Train, settings);
        var (heldTrain, heldValidation) = Split.Cut(held.Train, settings);
        All(train).ShouldBe(All(heldTrain));
        All(validation.First(3)).ShouldBe(All(heldValidation.First(3)));
    }

    [Fact]
    public void A_file_that_changed_or_went_after_the_check_is_refused_by_name()
    {
        using var tree = ImageTree.Mixed();
        var set = ImageFolder.Own.Load(tree.Any with { MemoryLimit = 0 });
        var path = tree.Write("train/ant/0.png", ImageTree.Png(0, 1));
        Should.Throw<DataException>(() => set.Train.Image(0)).Message.ShouldContain($"{path}: is another file than when the data set "
            + "was checked");
        File.Delete(path);
        Should.Throw<DataException>(() => set.Train.Image(0)).Message.ShouldContain($"{path}: was there when the data set was checked");
        set.Train.Image(1).Length.ShouldBe(192);
    }

    [Fact]
    public void Images_that_do_not_decode_are_named_counted_and_left_out_up_to_the_stated_share()
    {
        using var tree = ImageTree.Mixed();
        using var clean = ImageTree.Mixed();
        foreach (var memory in (long[])[0, 1 << 20])
        {
            var cut = tree.Write("train/cat/1.jpg", ImageTree.Jpeg(1, 1)[..^30]);
            var text = tree.Write("val/dog/6.png", "<html>not found</html>");
            File.Delete(clean.PathOf("train/cat/1.jpg"));
            File.Delete(clean.PathOf("val/dog/6.png"));
            var options = tree.Any with { MemoryLimit = memory };

            var refusal = Refusal(ImageFolder.Own, options);
            refusal.ShouldContain("2 of 24 images do not decode (8.33 %; data.max-bad-share = 0.001 allows 0.10 %)");
            refusal.ShouldContain($"{cut}: ");
            refusal.ShouldContain($"{text}: is neither a JPEG nor a PNG file");
            Refusal(ImageFolder.Own, options with { MaxBadShare = 0.08 }).ShouldContain("2 of 24");

            var set = ImageFolder.Own.Load(options with { MaxBadShare = 0.09 });
            set.Notes.ShouldHaveSingleItem().ShouldContain("2 of 24 images do not decode and are left out");
            set.Notes[0].ShouldContain(cut);
            var without = ImageFolder.Own.Load(clean.Any);
            set.Hash.ShouldBe(without.Hash);
            All(set.Train).ShouldBe(All(without.Train));
            All(set.Test).ShouldBe(All(without.Test));
            set.Train.Labels.ToArray().ShouldBe(without.Train.Labels.ToArray());
            set.Train.Mean.ShouldBe(without.Train.Mean);
        }
    }

    [Fact]
    public void A_class_of_which_nothing_decodes_is_refused_whatever_the_share()
    {
        using var tree = ImageTree.Mixed();
        for (var i = 0; i < 6; i++)
        {
            tree.Write($"train/ant/{i}{(i % 2 == 0 ? ".png" : i % 4 == 1 ? ".jpg" : ".JPEG")}", "");
        }

        Refusal(ImageFolder.Own, tree.Any with { MaxBadShare = 1 }).ShouldContain("of class ant no image decodes");
    }

    [Fact]
    public void Without_a_size_all_images_must_have_one()
    {
        using var tree = new ImageTree();
        foreach (var (name, label) in new[] { ("a", 0), ("b", 1) })
        {
            tree.Write($"train/{name}/1.png", TinyImages.Png(6, 4, (_, _, _) => label));
            tree.Write($"val/{name}/1.png", TinyImages.Png(6, 4, (_, _, _) => label));
        }

        var options = tree.Any with { ImageSize = 0 };
        ImageFolder.Own.Load(options).Shape.ShouldBe(new ImageShape(3, 4, 6, 2));
        var odd = tree.Write("val/b/2.png", TinyImages.Png(6, 5, (_, _, _) => 1));
        var refusal = Refusal(ImageFolder.Own, options);
        refusal.ShouldContain($"{odd}: is 6×5 pixels, expected 6×4");
        refusal.ShouldContain("data.image-size");
        Refusal(ImageFolder.Own, tree.Any with { ShorterSide = 5 }).ShouldContain("data.shorter-side = 5: expected at least the 8");
    }

    [Fact]
    public void Folders_that_are_no_such_data_set_are_refused_with_what_was_looked_for()
    {
        using var tree = new ImageTree();
        Refusal(ImageFolder.Own, tree.Any).ShouldContain($"Looked for train in {tree.Root}");
        Refusal(ImageFolder.TinyImageNet, tree.Any).ShouldContain($"{tree.PathOf("tiny-imagenet-200")} and in {tree.Root}");
        Refusal(ImageFolder.Own, new DataSetOptions()).ShouldContain("no folder was named");

        tree.Write("train/a/1.png", ImageTree.Png(0, 1));
        Refusal(ImageFolder.Own, tree.Any).ShouldContain("expected a folder for each class in");
        tree.Write("train/b/readme.txt", "none");
        Refusal(ImageFolder.Own, tree.Any).ShouldContain("found no images to test with. Looked for val/, validation/, test/");
        tree.Write("val/a/1.png", ImageTree.Png(0, 2));
        Refusal(ImageFolder.Own, tree.Any).ShouldContain($"{tree.PathOf("train/b")} holds no image");
        tree.Write("train/b/1.png", ImageTree.Png(1, 2));
        ImageFolder.Own.Load(tree.Any).Test.Count.ShouldBe(1);
        tree.Write("val/c/1.png", ImageTree.Png(1, 3));
        var refusal = Refusal(ImageFolder.Own, tree.Any);
        refusal.ShouldContain($"{tree.PathOf("val/c")} is the folder of a class that train/ does not have");
        refusal.ShouldContain("expected the 2 classes of train/, found 2 folders");
    }

    [Fact]
    public void Another_number_of_classes_or_images_than_published_is_refused_until_the_setting_allows_it()
    {
        using var tree = ImageTree.Mixed();
        Directory.CreateDirectory(tree.PathOf("tiny-imagenet-200"));
        Directory.Move(tree.PathOf("train"), tree.PathOf("tiny-imagenet-200/train"));
        Directory.Move(tree.PathOf("val"), tree.PathOf("tiny-imagenet-200/val"));
        var refusal = Refusal(ImageFolder.TinyImageNet, tree.Any with { Checksum = Checksum.Strict });
        refusal.ShouldContain("expected the published 200 classes, 100,000 training and 10,000 test images");
        refusal.ShouldContain("found 3, 18 and 6");
        refusal.ShouldContain("data.checksum = any");
        var set = ImageFolder.TinyImageNet.Load(tree.Any with { ImageSize = 0 });
        set.Shape.ShouldBe(new ImageShape(3, 64, 64, 3));
        ((IDataSource)ImageFolder.TinyImageNet).Describe(tree.Any).ShouldBe("18 + 6 images in 3 classes, listed and not decoded");
    }

    [Fact]
    public void Tiny_imagenets_layout_has_images_in_a_folder_below_and_a_list_of_test_classes()
    {
        using var tree = new ImageTree();
        foreach (var (name, label) in new[] { ("n02", 1), ("n01", 0) })
        {
            tree.Write($"tiny-imagenet-200/train/{name}/images/{name}_0.JPEG", ImageTree.Jpeg(label, 0));
            tree.Write($"tiny-imagenet-200/train/{name}/{name}_boxes.txt", "n02_0.JPEG\t0\t0\t62\t62\n");
        }

        tree.Write("tiny-imagenet-200/val/images/val_0.JPEG", ImageTree.Jpeg(1, 1));
        tree.Write("tiny-imagenet-200/val/images/val_1.JPEG", ImageTree.Jpeg(0, 2));
        var list = tree.Write(
            "tiny-imagenet-200/val/val_annotations.txt",
            "val_1.JPEG\tn01\t0\t32\t44\t62\nval_0.JPEG\tn02\t52\t55\t57\t59\n");
        var set = ImageFolder.TinyImageNet.Load(tree.Any);
        set.ClassNames.ShouldBe(["n01", "n02"]);
        set.Train.Labels.ToArray().ShouldBe([0, 1]);
        set.Test.Labels.ToArray().ShouldBe([1, 0]);

        foreach (var (lines, message) in new[]
        {
            ("val_0.JPEG\tn02\n", $"has no line for {tree.PathOf("tiny-imagenet-200/val/images/val_1.JPEG")} (1 images have none)"),
            ("val_0.JPEG\tn03\n", "line 1: expected an image's name and its class (a folder of train/, or a number from 0 to 1), found "
                + "\"val_0.JPEG\tn03\""),
            ("val_0.JPEG\n", "line 1: expected an image's name and its class"),
            ("\nval_7.JPEG\tn01\n", "line 2: names val_7.JPEG, which is not there"),
            ("val_0.JPEG\tn01\nval_0.JPEG\tn02\n", "line 2: gives val_0.JPEG another class"),
        })
        {
            File.WriteAllText(list, lines);
            Refusal(ImageFolder.TinyImageNet, tree.Any).ShouldContain(message);
        }

        File.Delete(list);
        Refusal(ImageFolder.TinyImageNet, tree.Any).ShouldContain($"Looked for {list}");
    }

    [Theory]
    [InlineData("imagenet", "val.txt", "val_2.JPEG 0\nval_1.JPEG 1\n")]
    [InlineData("ILSVRC2012", "LOC_val_solution.csv", "ImageId,PredictionString\nval_1,n02 85 1 499 272 \nval_2,n01 1 2 3 4\n")]
    [InlineData("ILSVRC/Data/CLS-LOC", "../../../LOC_val_solution.csv", "ImageId,PredictionString\nval_1,n02 85 1 499 272 \nval_2,n01 1 "
        + "2 3 4\n")]
    public void Ilsvrc_2012_may_have_its_test_images_in_one_folder_beside_a_list(string folder, string list, string lines)
    {
        using var tree = new ImageTree();
        tree.Write($"{folder}/train/n02/n02_1.JPEG", ImageTree.Jpeg(1, 0));
        // One of the published files is a PNG under this name.
        tree.Write($"{folder}/train/n01/n01_1.JPEG", ImageTree.Png(0, 0));
        tree.Write($"{folder}/val/val_1.JPEG", ImageTree.Jpeg(1, 1));
        tree.Write($"{folder}/val/val_2.JPEG", ImageTree.Jpeg(0, 2));
        tree.Write($"{folder}/{list}", lines);
        var set = ImageFolder.Ilsvrc2012.Load(tree.Any with { ImageSize = 0 });
        set.Shape.ShouldBe(new ImageShape(3, 224, 224, 2));
        set.Train.Labels.ToArray().ShouldBe([0, 1]);
        set.Test.Labels.ToArray().ShouldBe([1, 0]);
        set.Train.Mean.ShouldBe([0.485f, 0.456f, 0.406f]);
    }

    [Fact]
    public void Places365_has_class_folders_on_both_sides()
    {
        using var tree = ImageTree.Mixed();
        Directory.CreateDirectory(tree.PathOf("places365_standard"));
        Directory.Move(tree.PathOf("train"), tree.PathOf("places365_standard/train"));
        Directory.Move(tree.PathOf("val"), tree.PathOf("places365_standard/val"));
        ImageFolder.Places365.Load(tree.Any).Test.ClassCounts().ShouldBe([2, 2, 2]);
        Refusal(ImageFolder.Places365, tree.Any with { Checksum = Checksum.Strict }).ShouldContain("published 365 classes");
    }

    [Fact]
    public void One_loaded_set_serves_whoever_allows_more_memory_or_more_bad_images()
    {
        using var tree = ImageTree.Mixed();
        var cache = new DataSetCache();
        var loaded = cache.Get("folder", tree.Any);
        cache.Get("folder", tree.Any with { MaxBadShare = 1, MemoryLimit = 0 }).ShouldBeSameAs(loaded);
        cache.Get("folder", tree.Any with { ImageSize = 9 }).ShouldNotBeSameAs(loaded);
    }
}
