package io.millrace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class TroublesTest {
    @Test
    void aKeyInTheWrongPlaceIsNotTold() {
        for (String asked : new String[] {"cam&key=SECRET", "cam?key=SECRET", "cam=SECRET"}) {
            Troubles troubles = new Troubles(InstantSource.fixed(Instant.EPOCH));
            troubles.stranger(asked, "192.0.2.1");
            assertEquals("cam", troubles.strangers().getFirst().name());
        }
    }
}
