using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>One form in which a data set is published: an archive, and what lies in the folder that it unpacks to.</summary>
/// <param name="Title">For messages: "CIFAR-10 (binary version)".</param>
/// <param name="Folders">Where the files lie under the root, in the order in which to look; the root itself is looked in last.</param>
/// <param name="Source">Where people get it.</param>
/// <param name="Files">Names of which one is enough to recognise the edition.</param>
internal sealed record Edition(string Title, ImmutableArray<string> Folders, string Source, ImmutableArray<string> Files);
