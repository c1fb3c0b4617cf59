using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal.Artifacts;

/// <summary>Turns the file system's exceptions into one that says what to do.</summary>
internal static class ArtifactFailure
{
    // .NET gives the plain errno on Unix and a HRESULT on Windows.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceededLinux = 122;
    private const int QuotaExceededMac = 69;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    internal static ArtifactUnavailableException Of(Exception failure, string path)
    {
        var full = failure.HResult is NoSpaceLeft or DiskFullWindows
            || (failure.HResult == QuotaExceededLinux && OperatingSystem.IsLinux())
            || (failure.HResult == QuotaExceededMac && OperatingSystem.IsMacOS());
        return full
            ? new ArtifactUnavailableException(
                $"The disk that holds the artifact '{path}' is full: free some space and resume; what was stored is safe.", failure)
            {
                DiskFull = true,
            }
            : new ArtifactUnavailableException(
                $"The artifact store cannot read or write '{path}' ({failure.Message}): make it readable and writable, or name another "
                + "directory with --home.",
                failure);
    }
}
