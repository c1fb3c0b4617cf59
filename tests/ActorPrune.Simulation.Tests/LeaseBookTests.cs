using ActorPrune.Actors.Journal;

namespace ActorPrune.Simulation.Tests;

public sealed class LeaseBookTests
{
    private static readonly NodeId A = new("a");
    private static readonly NodeId B = new("b");
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private readonly List<string> broken = [];
    private readonly LeaseBook<string> book;
    private long now;

    public LeaseBookTests() => book = new LeaseBook<string>(() => now, broken.Add);

    [Fact]
    public void A_lease_may_be_taken_over_once_it_has_lapsed_and_not_before()
    {
        book.Granted("x", A, 1, Lease);
        now = 10_000;
        book.Renewed(A, Lease);
        now = 25_000;
        book.Granted("x", B, 2, Lease);
        broken.ShouldBeEmpty();
        book.Interruptions["x"].ShouldBe(1);

        now = 39_999;
        book.Granted("x", A, 3, Lease);
        broken.ShouldHaveSingleItem().ShouldContain("b holds it under token 2 for another 1 ms");
    }

    [Fact]
    public void What_was_given_back_or_whose_node_is_gone_is_free_at_once()
    {
        book.Granted("x", A, 1, Lease);
        book.Granted("y", A, 2, Lease);
        book.Ended("x", A, 1);
        book.Freed(A);
        book.Granted("x", B, 3, Lease);
        book.Granted("y", B, 4, Lease);

        broken.ShouldBeEmpty();
        book.Interruptions.ShouldBe([new("y", 1)]);
    }

    [Fact]
    public void A_write_under_a_token_that_was_replaced_or_freed_is_named()
    {
        book.Granted("x", A, 1, Lease);
        now = 15_000;
        book.Granted("x", B, 2, Lease);
        book.Accepted("a result", "x", A, 1);
        book.Freed(B);
        book.Accepted("a result", "x", B, 2);

        broken.ShouldBe([
            "a result was accepted from a under token 1, but x is held by b under token 2",
            "a result was accepted from b under token 2, but nobody holds x",
        ]);
    }

    [Fact]
    public void A_straggler_has_two_holders_of_whom_either_may_write_and_no_third()
    {
        book.Granted("x", A, 1, Lease);
        book.GrantedSecond("x", B, 2, Lease);
        book.Accepted("a checkpoint", "x", A, 1);
        book.Accepted("a result", "x", B, 2);
        book.Ended("x", A, 1);
        book.Accepted("a result", "x", B, 2);
        broken.ShouldBeEmpty();

        book.GrantedSecond("x", A, 3, Lease);
        book.GrantedSecond("x", A, 4, Lease);
        broken.ShouldHaveSingleItem().ShouldContain("a holds it under token 3");
        book.Over("x");
        book.Accepted("a result", "x", B, 2);
        broken[^1].ShouldContain("nobody holds x");
        book.Seconds["x"].ShouldBe(3);
    }

    [Fact]
    public void A_token_that_does_not_grow_is_named()
    {
        book.Granted("x", A, 2, Lease);
        book.Granted("y", A, 2, Lease);

        broken.ShouldHaveSingleItem().ShouldContain("token 2 was given out before");
    }
}
