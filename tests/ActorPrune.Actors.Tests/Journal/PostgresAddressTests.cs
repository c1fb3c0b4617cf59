using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using Npgsql;

namespace ActorPrune.Actors.Tests.Journal;

public sealed class PostgresAddressTests
{
    private static PostgresAddress Parse(string text) => PostgresAddress.Parse(JournalUrl.Parse(text));

    private static NpgsqlConnectionStringBuilder Settings(string text) => new(Parse(text).Connect(new PostgresJournalOptions()));

    [Theory]
    [InlineData("postgres://ann@db.example:5433/runs", "postgresql://ann@db.example:5433/runs?schema=actorprune")]
    [InlineData("postgresql://db.example/runs?schema=mine", "postgresql://db.example/runs?schema=mine")]
    [InlineData("PostgreSQL://ann:geheim@db.example/runs", "postgresql://ann@db.example/runs?schema=actorprune")]
    [InlineData("postgres://ann@[::1]:5433/runs", "postgresql://ann@::1:5433/runs?schema=actorprune")]
    [InlineData("postgres:///runs?host=/run/postgresql&user=ann", "postgresql://ann@/run/postgresql/runs?schema=actorprune")]
    [InlineData(
        "Host=db.example;Port=5433;Database=runs;Username=ann;Password=geheim", "postgresql://ann@db.example:5433/runs?schema=actorprune")]
    [InlineData("host=db.example;database=runs;schema=mine", "postgresql://db.example/runs?schema=mine")]
    [InlineData("Host=db.example;Database=runs;Search Path=mine", "postgresql://db.example/runs?schema=mine")]
    public void Urls_and_keywords_name_the_same_things(string text, string shown) => Parse(text).ToString().ShouldBe(shown);

    [Theory]
    [InlineData("postgres://ann:ge%40h%2Feim@host/runs", "ge@h/eim")]
    [InlineData("postgres://ann:ge@h/eim@host/runs", "ge@h/eim")]
    [InlineData("postgres://ann:g:e@host/runs", "g:e")]
    [InlineData("postgres://ann:ge?heim@host/runs", "ge?heim")]
    [InlineData("postgres://host/runs?user=ann&password=ge@heim", "ge@heim")]
    [InlineData("postgres://ann:geheim@host:5432/runs?application_name=a@b", "geheim")]
    [InlineData("postgres://ann@host/runs?password=ge%26heim", "ge&heim")]
    [InlineData("Host=host;Password=\"ge;he\"\"im\"", "ge;he\"im")]
    public void A_password_may_hold_separators(string text, string password)
    {
        Settings(text).Password.ShouldBe(password);
        Settings(text).Host.ShouldBe("host");
    }

    [Fact]
    public void Parameters_of_libpq_are_understood_and_defaults_give_way_to_them()
    {
        var settings = Settings(
            "postgres://h/d?sslmode=verify-full&connect_timeout=3&application_name=mine&Maximum Pool Size=2&options=-c%20jit%3Doff");

        settings.SslMode.ShouldBe(SslMode.VerifyFull);
        (settings.Timeout, settings.ApplicationName, settings.MaxPoolSize).ShouldBe((3, "mine", 2));
        settings.Options.ShouldNotBeNull().ShouldContain("jit=off");
        Settings("postgres://h/d").ApplicationName.ShouldBe("ActorPrune");
    }

    [Fact]
    public void Of_several_hosts_the_one_that_writes_is_chosen()
    {
        var settings = Settings("postgres://a:5432,b:5433/d");

        settings.Host.ShouldBe("a:5432,b:5433");
        settings.TargetSessionAttributes.ShouldBe("read-write");
    }

    [Theory]
    [InlineData("postgres://ann:geheim@host/d?nonsense=geheim2", "nonsense")]
    [InlineData("postgres://ann:geheim@host:port/d", "Port")]
    [InlineData("postgres://ann:geheim@host/d?schema=Has Space", "Has Space")]
    [InlineData("postgres://ann:geheim@host/d?schema=a;drop", "a;drop")]
    [InlineData("Database=d;Password=geheim", "host")]
    [InlineData("Host=h;Password=\"geheim;x", "form")]
    [InlineData("Host=h;Password='gehe''im;x';Nonsense=1", "Nonsense")]
    [InlineData("postgres://ann:geheim@/d", "host")]
    public void What_is_wrong_is_named_without_the_password(string text, string named)
    {
        var message = Should.Throw<FormatException>(() => Parse(text)).Message;

        message.ShouldContain(named, Case.Insensitive);
        message.ShouldNotContain("gehe");
    }

    [Theory]
    [InlineData("Host=h;Password=geheim;Database=d")]
    [InlineData("Host=h;PWD = \"ge;heim\";Database=d")]
    [InlineData("Host=h;psw='geheim';Database=d")]
    [InlineData("postgresql://ann:geheim@h/d")]
    [InlineData("postgresql://h/d?password=geheim&sslmode=require")]
    [InlineData("postgresql://h:5432/d?user=me&password=ge@heim")]
    [InlineData("postgresql://h:5432/d?user=a@b&password=ge@heim")]
    [InlineData("postgresql://ann:ge?x=heim@h/d")]
    [InlineData("postgresql://ann:ge@heim@h/d?password=ge@heim")]
    public void A_printed_url_shows_no_password(string text)
    {
        JournalUrl.Parse(text).Scheme.ShouldBe("postgres");
        JournalUrl.Parse(text).ToString().ShouldNotContain("heim");
    }
}
