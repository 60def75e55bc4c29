package io.millrace.keyspace.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.kit.Damage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each change has the number after the one before; what is left out is told, once. */
class LogChainTest {
    private static final Path DIRECTORY = Path.of("keyspace");
    private static final Path LOG = DIRECTORY.resolve("000004.log");

    /** Behind a manifest that holds nothing: the first change is 1. */
    private final LogChain chain = new LogChain(DIRECTORY, new Manifest(5));

    private void record(long offset, long first, int count) {
        byte[] batch =
                ByteBuffer.allocate(12)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(first)
                        .putInt(count)
                        .array();
        chain.record(LOG, new LogFile.Entry(offset, batch));
    }

    private List<String> gaps() {
        return chain.gaps().stream().map(Damage::text).toList();
    }

    @Test
    void changesThatFollowEachOtherAreWhole() {
        record(0, 1, 3);
        record(50, 4, 1);
        record(90, 5, 0);
        record(110, 5, 2);
        assertEquals(List.of(), gaps());
    }

    @Test
    void oneChangeThatIsLeftOutIsTold() {
        record(0, 1, 3);
        record(50, 5, 1);
        record(90, 6, 1);
        assertEquals(List.of("changes 4 to 4 are missing before it"), gaps());
        assertEquals(50, chain.gaps().getFirst().offset());
    }

    @Test
    void aFirstChangeThatIsLeftOutIsTold() {
        record(0, 2, 1);
        assertEquals(List.of("changes 1 to 1 are missing before it"), gaps());
    }

    @Test
    void anOlderLogInTheNewersPlaceIsTold() {
        record(0, 1, 9);
        record(70, 9, 1);
        assertEquals(List.of("it begins with change 9 instead of 10"), gaps());
    }

    @Test
    void behindADamagedRecordItsChangesAreNotToldAgain() {
        record(0, 1, 3);
        chain.damaged();
        record(90, 8, 1);
        assertEquals(List.of(), gaps());
        record(120, 10, 1);
        assertEquals(List.of("changes 9 to 9 are missing before it"), gaps());
    }
}
