package io.millrace.e2e.objects;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests with an object door of their own, open as long as the class runs. */
abstract class AtObjectDoor {
    static ObjectDoorFixture server;

    @BeforeAll
    static void openDoor() {
        server = ObjectDoorFixture.open();
    }

    @AfterAll
    static void closeDoor() {
        server.close();
    }
}
