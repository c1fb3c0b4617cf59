using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace ActorPrune.Host.Application;

/// <summary>
/// Sends this process's metrics to an OpenTelemetry collector while a node works: the engine's own, those of the connections to PostgreSQL
/// and those of the .NET runtime. Without an endpoint nothing is sent, and no part of OpenTelemetry is loaded.
/// </summary>
public sealed class MetricsExport : IDisposable
{
    /// <summary>The standard's variables; either of them switches the export on, and all others of the standard count as well.</summary>
    private static readonly string[] Variables = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

    private static readonly string[] TimeoutVariables = ["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];

    // A collector that is away must not hold up the end of a run, unless somebody says for how long it may.
    private static readonly TimeSpan LastExport = TimeSpan.FromSeconds(2);

    private readonly IDisposable? provider;

    private MetricsExport(IDisposable? provider) => this.provider = provider;

    /// <summary>Tells the meter what the node has, and starts the export where one is wanted.</summary>
    /// <param name="meter">The process's.</param>
    /// <param name="node">Whose metrics these are.</param>
    /// <param name="endpoint"><c>metrics.otlp</c>: "http://host:4318", or empty: as the environment says.</param>
    public static MetricsExport Start(EngineMeter meter, NodeOptions node, string endpoint)
    {
        ArgumentNullException.ThrowIfNull(meter);
        ArgumentNullException.ThrowIfNull(node);
        meter.Evaluators = node.Roles.Contains(NodeRoles.Evaluators) ? node.Evaluators : 0;
        meter.Heartbeat = node.Heartbeat;
        var collector = Collector(endpoint);
        return collector is not null || AnySet(Variables)
            ? new MetricsExport(Export(node, collector))
            : new MetricsExport(null);
    }

    public void Dispose() => provider?.Dispose();

    /// <summary>Where a collector takes metrics by OTLP over HTTP; null where <paramref name="endpoint"/> is no address of one. A user
    /// or a password in it is refused: headers go into OTEL_EXPORTER_OTLP_HEADERS.</summary>
    public static Uri? Collector(string endpoint) =>
        !Uri.TryCreate(endpoint, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0
            ? null
            : address.AbsolutePath == "/" ? new Uri(address, "v1/metrics") : address;

    private static bool AnySet(string[] variables) => variables.Any(v => Environment.GetEnvironmentVariable(v) is { Length: > 0 });

    private static MeterProvider Export(NodeOptions node, Uri? collector) => Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(r => r
            .AddService("actorprune", serviceVersion: node.Engine, serviceInstanceId: node.Name)
            .AddEnvironmentVariableDetector())
        .AddMeter(EngineMeter.Name, "Npgsql", "System.Runtime")
        .AddOtlpExporter(options =>
        {
            if (collector is not null)
            {
                options.Protocol = OtlpExportProtocol.HttpProtobuf;
                options.Endpoint = collector;
            }

            if (!AnySet(TimeoutVariables))
            {
                options.TimeoutMilliseconds = (int)LastExport.TotalMilliseconds;
            }
        })
        .Build();
}
