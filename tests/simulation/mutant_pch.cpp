// The one unit that the mutants' precompiled headers are built with.
