package io.millrace.access.policy;

/** One statement of a compiled policy. */
record Statement() {}
