package io.millrace.work.outgoing;

import java.time.Duration;

/** What came of one call. */
public sealed interface Reply {
    /** The status that the host answered with, and the body of it, within the bound. */
    record Answered(int status, byte[] body, Duration retryAfter) implements Reply {
        public boolean well() {
            return status / 100 == 2;
        }
    }

    /**
     * There was no answer that counts.
     *
     * @param reason for people; holds no path, no password and nothing of the answer's body
     * @param lasting the same call again would fail the same way
     */
    record Failed(String reason, boolean lasting) implements Reply {}
}
