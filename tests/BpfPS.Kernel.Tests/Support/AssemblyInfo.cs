// One kernel, two CPUs: tests that measure, count and list must not see each other's programs.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
