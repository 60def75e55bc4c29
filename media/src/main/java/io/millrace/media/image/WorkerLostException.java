package io.millrace.media.image;

/** The worker ended before it answered. */
final class WorkerLostException extends Exception {
    private final int exitCode;
    private final boolean late;
    private final boolean busy;

    /**
     * {@code late}: it was killed for its deadline; {@code busy}: it was computing most of that
     * time, so that the image and not the machine is to blame.
     */
    WorkerLostException(int exitCode, boolean late, boolean busy, String errors) {
        super(errors);
        this.exitCode = exitCode;
        this.late = late;
        this.busy = busy;
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
