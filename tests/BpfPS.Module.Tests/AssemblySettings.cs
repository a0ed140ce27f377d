// The kernel is one: what a test leaves behind or holds for a while, another would see.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
