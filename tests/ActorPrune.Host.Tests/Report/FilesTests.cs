using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Tests.Report;

public sealed class FilesTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("actorprune-report-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public void The_csv_has_a_line_for_each_member_and_quotes_its_genome() => FrontFiles.Csv(Runs.Finished).Split('\n').ShouldBe(
    [
        "id,error,macs,params,filters,channels,genome",
        "aaaaaaaaaaaa,0.1,800000,900,0.9166666666666666,,\"mask 12:7f0f\"",
        "bbbbbbbbbbbb,0.15,480000,590,0.5,,\"mask 12:1e03\"",
        "cccccccccccc,0.4,200000,100,0.16666666666666666,,\"mask 12:0101\"",
        string.Empty,
    ]);

    [Fact]
    public void A_genome_with_quotes_and_commas_stays_one_csv_field()
    {
        var odd = Runs.Knee with { Genome = new CriterionGenome([new GroupChoice(3, "l\"1,x")]) };
        var csv = FrontFiles.Csv(Runs.Model(ExperimentStatus.Running, ExperimentState.Empty with { Archive = [odd] }));
        csv.Split('\n')[1].ShouldEndWith(",\"criterion l\"\"1,x:3\"");
    }

    [Fact]
    public void The_front_file_holds_no_time_no_name_and_no_date()
    {
        var text = Encoding.UTF8.GetString(FrontFiles.Json(Runs.Finished));
        text.ShouldNotContain("latencyMs");
        text.ShouldNotContain("quickstart");
        text.ShouldNotContain("2030");
        var front = JsonNode.Parse(text)!.AsObject();
        front.Select(p => p.Key).ShouldBe(["base", "digest", "front", "method", "picks", "seed"]);
        front["picks"]!["knee"]!.ToJsonString().ShouldBe("""{"final":{"testErrorBest":0.107,"testErrorLast":0.109},"id":"bbbbbbbbbbbb"}""");
        front["front"]![1]!["genome"]!.GetValue<string>().ShouldBe("mask 12:1e03");
        front["base"]!["testErrorLast"]!.GetValue<double>().ShouldBe(0.104);
        front["digest"]!.GetValue<string>().ShouldBe(Front.Digest(Runs.Finished.State.Archive));
    }

    [Fact]
    public void The_front_file_is_the_same_whatever_the_order_of_reports_the_times_and_the_name()
    {
        var state = Runs.FinishedState();
        var other = Runs.Finished with
        {
            Name = "another",
            StartedAt = Runs.Start.AddDays(3),
            Jobs = [],
            State = state with
            {
                History = [.. state.History.Reverse()],
                Measurements = state.Measurements.SetItem("base", Runs.Time("m9", 77)),
                Archive = [.. state.Archive.Select(e => e with { Measures = e.Measures.SetItem("latencyMs", 5) })],
            },
        };
        FrontFiles.Json(other).ShouldBe(FrontFiles.Json(Runs.Finished));
    }

    [Fact]
    public void Another_seed_or_final_error_changes_the_front_file()
    {
        var state = Runs.FinishedState();
        FrontFiles.Json(Runs.Finished with { Seed = 43 }).ShouldNotBe(FrontFiles.Json(Runs.Finished));
        FrontFiles.Json(Runs.Finished with { State = state with { Finals = state.Finals.SetItem("knee", state.Finals["light"]) } })
            .ShouldNotBe(FrontFiles.Json(Runs.Finished));
    }

    [Fact]
    public void The_latency_file_says_how_and_where_times_were_measured()
    {
        var state = Runs.FinishedState();
        var failed = state.Measurements.SetItem(Front.Id(Runs.Light), new JobOutcome(Runs.Light.Job, null, "out of memory"));
        var times = JsonNode.Parse(FrontFiles.Latency(Runs.Finished with { State = state with { Measurements = failed } }))!;
        times["machine"]!.GetValue<string>().ShouldBe("Some CPU, 8 cores");
        times["measurements"]!.AsObject().Select(m => m.Key).ShouldBe(["base", "aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"]);
        var knee = times["measurements"]!["bbbbbbbbbbbb"]!;
        (knee["latencyMs"]!.GetValue<double>(), knee["batch"]!.GetValue<int>(), knee["precision"]!.GetValue<string>(), knee["threads"]!.GetValue<int>())
            .ShouldBe((2, 1, "float32", 1));
        times["measurements"]!["cccccccccccc"]!["latencyMs"].ShouldBeNull();
        times["measurements"]!["cccccccccccc"]!["failure"]!.GetValue<string>().ShouldBe("out of memory");
    }

    [Fact]
    public void A_run_directory_gets_all_files_and_no_leftovers_and_may_be_written_again()
    {
        var place = Path.Combine(directory.FullName, "runs", "quickstart");
        RunDirectory.Write(place, Runs.Model(ExperimentStatus.Running, ExperimentState.Empty), Runs.Start);
        RunDirectory.Write(place, Runs.Finished, Runs.Start.AddHours(2));
        Directory.GetFiles(place).Select(Path.GetFileName).Order().ShouldBe(["front.csv", "front.json", "latency.json", "report.html"]);
        File.ReadAllBytes(Path.Combine(place, "front.json")).ShouldBe(FrontFiles.Json(Runs.Finished));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_named_and_the_old_one_stays()
    {
        var taken = Path.Combine(directory.FullName, "front.csv");
        Directory.CreateDirectory(Path.Combine(taken, "something"));
        var error = Should.Throw<RunFileException>(() => RunDirectory.WriteFile(taken, "new"u8));
        error.Message.ShouldContain(taken);
        Directory.GetFileSystemEntries(directory.FullName).ShouldBe([taken]);
    }

    [Fact]
    public void Of_a_link_the_file_is_replaced_that_it_leads_to()
    {
        var (file, link) = (Path.Combine(directory.FullName, "file"), Path.Combine(directory.FullName, "link"));
        File.WriteAllText(file, "old");
        File.CreateSymbolicLink(link, "file");

        RunDirectory.WriteFile(link, "new"u8);

        File.ReadAllText(file).ShouldBe("new");
        new FileInfo(link).LinkTarget.ShouldBe("file");
        Directory.GetFileSystemEntries(directory.FullName).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_pipe_is_written_to_and_stays_a_pipe()
    {
        var pipe = Path.Combine(directory.FullName, "pipe");
        using (var made = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            await made.WaitForExitAsync();
        }

        var read = Task.Run(() => File.ReadAllText(pipe));
        RunDirectory.WriteFile(pipe, "through"u8);

        // Were the pipe replaced, the reader would wait for ever.
        (await read.WaitAsync(TimeSpan.FromMinutes(1))).ShouldBe("through");
        RunDirectory.IsStream(pipe).ShouldBeTrue();
        RunDirectory.IsStream("/dev/null").ShouldBeTrue();
        RunDirectory.IsStream(directory.FullName).ShouldBeFalse();
        RunDirectory.IsStream(Path.Combine(directory.FullName, "nothing")).ShouldBeFalse();
        Directory.GetFileSystemEntries(directory.FullName).ShouldBe([pipe]);
    }

    [Fact]
    public void A_disk_that_is_full_is_an_error_that_names_the_path()
    {
        var error = Should.Throw<RunFileException>(() => RunDirectory.WriteFile("/dev/full/front.csv", "new"u8));
        error.Message.ShouldContain("'/dev/full/front.csv'");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json {")]
    [InlineData("[1,2]")]
    [InlineData("""{"batch":"x","precision":3,"errorInherited":"high"}""")]
    public void A_detail_that_is_not_understood_holds_nothing(string detail)
    {
        var read = ResultDetail.Parse(detail);
        (read.Batch, read.Precision, read.ErrorInherited, read.Conditions).ShouldBe((null, null, null, null));
    }
}
