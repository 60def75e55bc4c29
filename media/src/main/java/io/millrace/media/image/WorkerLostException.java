package io.millrace.media.image;

/** The worker ended before it answered. */
final class WorkerLostException extends Exception {
    private final int exitCode;
    private final boolean late;
    private final boolean busy;
    private final boolean unreadable;

    /**
     * {@code late}: it was killed for its deadline; {@code busy}: it had used the processor time it
     * may, so that the image and not the machine is to blame.
     */
    WorkerLostException(int exitCode, boolean late, boolean busy, String errors) {
        this(exitCode, late, busy, false, errors);
    }

    private WorkerLostException(
            int exitCode, boolean late, boolean busy, boolean unreadable, String errors) {
        super(errors);
        this.unreadable = unreadable;
        this.exitCode = exitCode;
        this.late = late;
        this.busy = busy;
    }

    /** It had to be ended because its picture could not be read to the end. */
    static WorkerLostException unreadable(int exitCode, String reason) {
        return new WorkerLostException(exitCode, false, false, true, reason);
    }

    boolean unreadable() {
        return unreadable;
    }

    int exitCode() {
        return exitCode;
    }

    boolean late() {
        return late;
    }

    boolean busy() {
        return busy;
    }

    boolean outOfMemory() {
        String message = String.valueOf(getMessage());
        return message.contains("allocate") || message.contains("memory");
    }
}
