// Two processes at a time: each starts an engine, and waits for text within a time.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
