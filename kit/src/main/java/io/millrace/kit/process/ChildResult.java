package io.millrace.kit.process;

/** How a child's run ended. */
public sealed interface ChildResult {

    /**
     * It ended by itself or by a signal.
     *
     * @param exitCode 128 + the signal's number when a signal ended it
     * @param output all of its standard output
     * @param errors the last 4 KiB of its standard error
     */
    record Exited(int exitCode, byte[] output, String errors) implements ChildResult {}

    /** It was killed because its time was over. */
    record TimedOut(String errors) implements ChildResult {}

    /** It was killed because it wrote more than it may. */
    record TooMuchOutput() implements ChildResult {}

    /** It could not be started. */
    record NotStarted(String reason) implements ChildResult {}
}
