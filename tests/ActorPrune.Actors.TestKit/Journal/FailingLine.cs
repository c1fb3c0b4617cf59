using System.Net;
using System.Net.Sockets;

namespace ActorPrune.Actors.TestKit.Journal;

/// <summary>What becomes of a piece that a client sends.</summary>
public enum LineFault
{
    None,

    /// <summary>The line breaks before the piece arrives.</summary>
    Before,

    /// <summary>The piece arrives and is answered; the line breaks before the answer does.</summary>
    After,
}

/// <summary>A TCP line on loopback to a PostgreSQL server, without TLS, which breaks when a test says so.</summary>
public sealed class FailingLine : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int port;
    private readonly Func<ReadOnlyMemory<byte>, LineFault> plan;
    private readonly Lock planning = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;

    /// <param name="port">The server's.</param>
    /// <param name="plan">Told of each piece that a client sends, one call at a time. A piece ends with a statement, or where the client
    /// flushed: of statements that travel together the line may break between any two.</param>
    public FailingLine(int port, Func<ReadOnlyMemory<byte>, LineFault> plan)
    {
        this.port = port;
        this.plan = plan;
        listener.Start();
        accepting = Task.Run(Accept);
    }

    /// <summary>Where clients connect to.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Dispose()
    {
        stop.Cancel();
        listener.Dispose();
        accepting.Wait();
        stop.Dispose();
    }

    private async Task Accept()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptSocketAsync(stop.Token).ConfigureAwait(false);
                _ = Task.Run(() => Connect(client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Connect(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            var losing = new Flag();
            var messages = new MessageBoundaries();
            var buffer = new byte[1 << 16];
            try
            {
                if (await Send(client, server, messages, buffer, losing).ConfigureAwait(false))
                {
                    await Task.WhenAny(Requests(client, server, messages, buffer, losing), Answer(server, client, losing)).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Both ends are closed below: that is what a broken line is.
            }
        }
    }

    private async Task Requests(Socket client, Socket server, MessageBoundaries messages, byte[] buffer, Flag losing)
    {
        while (await Send(client, server, messages, buffer, losing).ConfigureAwait(false))
        {
        }
    }

    /// <summary>Carries what the client sends next.</summary>
    /// <returns>False when the client has hung up, or the line breaks.</returns>
    private async Task<bool> Send(Socket client, Socket server, MessageBoundaries messages, byte[] buffer, Flag losing)
    {
        var length = await Receive(client, buffer).ConfigureAwait(false);
        for (var start = 0; start < length;)
        {
            var piece = buffer.AsMemory(start, messages.Statement(buffer.AsSpan(start, length - start)));
            LineFault fault;
            lock (planning)
            {
                fault = plan(piece);
            }

            if (fault == LineFault.Before)
            {
                return false;
            }

            losing.Value |= fault == LineFault.After;

            // Not sooner: a server that is told to stop would wait for the first word of a client that waits for the plan.
            if (!server.Connected)
            {
                await server.ConnectAsync(IPAddress.Loopback, port, stop.Token).ConfigureAwait(false);
            }

            await server.SendAsync(piece, stop.Token).ConfigureAwait(false);
            start += piece.Length;
        }

        return length > 0;
    }

    private async Task Answer(Socket server, Socket client, Flag losing)
    {
        var buffer = new byte[1 << 16];
        while (await Receive(server, buffer).ConfigureAwait(false) is var length and > 0 && !losing.Value)
        {
            await client.SendAsync(buffer.AsMemory(0, length), stop.Token).ConfigureAwait(false);
        }
    }

    private async Task<int> Receive(Socket from, byte[] buffer)
    {
        try
        {
            return await from.ReceiveAsync(buffer, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <summary>Follows the messages of a client (PostgreSQL documentation, chapter "Frontend/Backend Protocol"): a byte for the type,
    /// which the first one lacks, four for the length without the type, the content.</summary>
    private sealed class MessageBoundaries
    {
        private byte type;
        private int headLength = 4;
        private int length;
        private int headSeen;
        private long left;

        /// <summary>The bytes up to the end of the first statement (a simple query, an execution, a synchronisation, the end of a COPY), or
        /// all.</summary>
        internal int Statement(ReadOnlySpan<byte> bytes)
        {
            var at = 0;
            while (at < bytes.Length)
            {
                if (left == 0)
                {
                    Head(bytes[at++]);
                    if (left > 0 || headSeen > 0)
                    {
                        continue;
                    }
                }
                else
                {
                    var some = (int)Math.Min(left, bytes.Length - at);
                    left -= some;
                    at += some;
                }

                if (left == 0 && headSeen == 0 && type is (byte)'Q' or (byte)'E' or (byte)'S' or (byte)'c')
                {
                    return at;
                }
            }

            return at;
        }

        private void Head(byte value)
        {
            if (headSeen == 0 && headLength == 5)
            {
                type = value;
            }
            else
            {
                length = (length << 8) | value;
            }

            if (++headSeen == headLength)
            {
                left = length - 4;
                (headLength, headSeen, length) = (5, 0, 0);
            }
        }
    }

    private sealed class Flag
    {
        private volatile bool value;

        internal bool Value
        {
            get => value;
            set => this.value = value;
        }
    }
}
