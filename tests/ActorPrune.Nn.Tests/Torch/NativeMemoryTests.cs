using System.Diagnostics;
using ActorPrune.Nn.Tests.Training;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Torch;

/// <summary>Counts of the whole process are only exact while nothing else runs.</summary>
[CollectionDefinition(nameof(NativeMemoryTests), DisableParallelization = true)]
[Collection(nameof(NativeMemoryTests))]
public class NativeMemoryTests
{
    [Fact]
    public void A_thousand_evaluations_leave_native_memory_as_it_was()
    {
        var job = TinyJobs.Job(new Recipe { Steps = 1, Batch = 8, Crop = 1 });
        for (var i = 0; i < 50; i++)
        {
            Trainer.Run(job, new SilentMonitor());
        }

        var (live, resident) = (Tensor.LiveCount, Resident());
        for (var i = 0; i < 1000; i++)
        {
            Trainer.Run(job, new SilentMonitor());
        }

        Tensor.LiveCount.ShouldBe(live);
        (Resident() - resident).ShouldBeLessThan(48L << 20);

        static long Resident()
        {
            GC.Collect();
            return Process.GetCurrentProcess().WorkingSet64;
        }
    }
}
