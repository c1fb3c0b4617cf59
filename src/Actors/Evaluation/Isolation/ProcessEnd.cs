namespace ActorPrune.Actors.Evaluation.Isolation;

/// <summary>Words for how a process ended.</summary>
internal static class ProcessEnd
{
    private const int LastSignal = 64;
    private const int Kill = 9;

    private static readonly Dictionary<int, string> Names = new()
    {
        [1] = "SIGHUP",
        [2] = "SIGINT",
        [3] = "SIGQUIT",
        [4] = "SIGILL",
        [5] = "SIGTRAP",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [Kill] = "SIGKILL",
        [11] = "SIGSEGV",
        [13] = "SIGPIPE",
        [14] = "SIGALRM",
        [15] = "SIGTERM",
        [24] = "SIGXCPU",
        [25] = "SIGXFSZ",
        [31] = "SIGSYS",
    };

    /// <param name="exitCode">As a shell counts: above 128 it is a signal's number and 128.</param>
    internal static string Describe(int exitCode)
    {
        var signal = exitCode - 128;
        if (signal is < 1 or > LastSignal)
        {
            return $"ended with exit code {exitCode}";
        }

        var name = Names.TryGetValue(signal, out var known) ? $" ({known})" : string.Empty;
        return $"was ended by signal {signal}{name}";
    }

    /// <summary>What may have been the cause, where the exit code tells anything.</summary>
    internal static string Hint(int exitCode) => exitCode == 128 + Kill
        ? " Probably memory ran out: the kernel ends a process in this way (the system's log tells), as does kill -9."
        : string.Empty;
}
