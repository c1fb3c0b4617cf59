using ActorPrune.Actors.Evaluation.Isolation;
using ActorPrune.Actors.TestEvaluator;

return EvaluatorChild.Serve(() => new ObedientEvaluator());
