package io.millrace.kit.http;

import java.io.IOException;

/**
 * A body has come whole, and there is no place for its request among those that are worked on:
 * answer 503. The client hasn't gone.
 */
public final class DoorBusyException extends IOException {
    private static final long serialVersionUID = 1;

    DoorBusyException() {
        super("The server is busy; try again in a second.");
    }
}
