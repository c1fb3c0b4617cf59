using System.Text.Json.Nodes;
using ActorPrune.Host.Application;

namespace ActorPrune.Host.Tests.Application;

public sealed class ConsoleOutputTests
{
    [Fact]
    public void Off_a_terminal_there_are_plain_lines_and_a_status_now_and_then()
    {
        var text = new StringWriter();
        using var console = new ConsoleOutput(text, terminal: false);

        console.Status("10 %");
        console.Status("11 %");
        console.Line("Done.");

        text.ToString().ShouldBe("10 %\nDone.\n");
    }

    [Fact]
    public void The_log_holds_the_lines_that_stayed_also_those_before_it_had_a_place_and_no_status()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "runs", "x", RunLog.FileName);
            using (var console = new ConsoleOutput(TextWriter.Null, terminal: false))
            {
                console.Line("early");
                console.Status("10 %");
                File.Exists(path).ShouldBeFalse();
                console.LogTo(path);
                console.Note("not for the screen");
                console.Line("two\nlines");
            }

            var texts = File.ReadAllLines(path).Select(l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            texts.ShouldBe(["early", "not for the screen", "two", "lines"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_terminal_that_was_closed_ends_no_run_and_the_log_has_what_it_missed()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, RunLog.FileName);
            using var console = new ConsoleOutput(new ClosedTerminal(), terminal: false);
            console.LogTo(path);

            console.Status("10 %");
            console.Line("Interrupted");
            console.ClearStatus();

            File.ReadAllText(path).ShouldEndWith(" Interrupted\n");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class ClosedTerminal : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("Input/output error");
    }

    [Fact]
    public void Log_lines_wait_while_another_process_writes_and_none_is_lost()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, RunLog.FileName);
            using var log = new RunLog(path);
            using (new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None))
            {
                log.Append(DateTimeOffset.UnixEpoch, "one");
            }

            log.Append(DateTimeOffset.UnixEpoch, "two");

            File.ReadAllLines(path).ShouldBe(["1970-01-01T00:00:00.000Z one", "1970-01-01T00:00:00.000Z two"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void For_machines_every_line_is_one_json_object_that_says_when_where_and_what()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, RunLog.FileName);
            var text = new StringWriter();
            using (var console = new ConsoleOutput(text, terminal: true, format: LogFormat.Json))
            {
                console.Line("early");
                console.About("quickstart", "node-1");
                console.LogTo(path);
                console.Line("two\nlines, \"quoted\" …", LogEvent.Failed);
                console.Note("for the log", LogEvent.NodeLeft);
                console.Status("10 %");
            }

            var shown = Objects(text.ToString().TrimEnd().Split('\n'));
            shown.Select(o => (string)o["event"]!).ShouldBe(["message", "failed", "progress"]);
            var logged = Objects(File.ReadAllLines(path));
            logged.Select(o => (string)o["event"]!).ShouldBe(["message", "failed", "node.left"]);
            logged.ShouldAllBe(o => DateTimeOffset.Parse((string)o["time"]!).Offset == TimeSpan.Zero);
            logged[0].Select(p => p.Key).ShouldBe(["time", "level", "event", "message"]);
            logged[1].Select(p => p.Key).ShouldBe(["time", "level", "event", "node", "experiment", "message"]);
            ((string)logged[1]["level"]!, (string)logged[1]["node"]!, (string)logged[1]["experiment"]!, (string)logged[1]["message"]!)
                .ShouldBe(("error", "node-1", "quickstart", "two\nlines, \"quoted\" …"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static List<JsonObject> Objects(string[] lines) => [.. lines.Select(l => JsonNode.Parse(l)!.AsObject())];
    }

    [Theory]
    [InlineData("my.conf", "my.conf")]
    [InlineData("a b", "'a b'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("", "''")]
    [InlineData("a[1]=$x", "'a[1]=$x'")]
    public void Commands_to_type_again_survive_a_shell(string word, string quoted) => ShellText.Quoted(word).ShouldBe(quoted);
}
