// The one unit that the precompiled GoogleTest headers are built with.
