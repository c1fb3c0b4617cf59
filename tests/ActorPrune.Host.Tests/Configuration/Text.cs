using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Tests.Configuration;

/// <summary>Short ways to read and show HOCON in tests.</summary>
internal static class Text
{
    public static HoconObject Resolve(string text, params (string Name, string Value)[] environment) =>
        HoconDocument.Parse(text, "test.conf").Resolve(Environment(environment));

    public static Func<string, string?> Environment(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(v => v.Name == name).Value;

    /// <summary>{a:1,b:[x,y]}; a text that stood in quotes keeps them.</summary>
    public static string Show(HoconValue? value) => value switch
    {
        null => "nothing",
        HoconScalar scalar => scalar.Quoted ? $"'{scalar.Text}'" : scalar.Text,
        HoconArray array => $"[{string.Join(',', array.Elements.Select(Show))}]",
        HoconObject o => $"{{{string.Join(',', o.Fields.Select(f => $"{f.Name}:{Show(f.Value)}"))}}}",
        _ => throw new InvalidOperationException(value.GetType().Name),
    };

    public static string Error(Action act) => Should.Throw<ConfigurationException>(act).Message;
}

/// <summary>A folder of files that is gone after the test.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hocon");

    /// <summary>Writes a file and gives its path.</summary>
    public string File(string name, string content)
    {
        var path = Path.Combine(directory.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    public string File(string name, byte[] content)
    {
        var path = Path.Combine(directory.FullName, name);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>What a message says once the folder's own name is taken out of it.</summary>
    public string Plain(string message) => message.Replace(directory.FullName + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

    public void Dispose() => directory.Delete(recursive: true);
}
