package io.millrace.store.space;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The fields that all records are made of: exact bytes out, and nothing guessed on the way in. */
class RecordTest {
    @Test
    void fieldsHaveTheBytesOfTheFormat() {
        assertEquals("00", hex(out().u8(0)));
        assertEquals("ff", hex(out().u8(255)));
        assertEquals("80ff7f01", hex(out().u32(0x80FF7F01)));
        assertEquals("80ff7f0102030405", hex(out().u64(0x80FF7F0102030405L)));
        assertEquals("00", hex(out().varint(0)));
        assertEquals("7f", hex(out().varint(127)));
        assertEquals("8001", hex(out().varint(128)));
        assertEquals("ff7f", hex(out().varint(16_383)));
        assertEquals("808001", hex(out().varint(16_384)));
        assertEquals("ffffffffffffffff7f", hex(out().varint(Long.MAX_VALUE)));
        assertEquals("ffffffffffffffffff01", hex(out().varint(-1)));
        assertEquals("80808080808080808001", hex(out().varint(Long.MIN_VALUE)));
        assertEquals("03010203", hex(out().bytes(new byte[] {1, 2, 3})));
        assertEquals("0203", hex(out().raw(new byte[] {1, 2, 3, 4}, 1, 2)));
        assertEquals("03c3a961", hex(out().text("éa")));
    }

    @Test
    void whatWasWrittenIsReadBackFieldByField() {
        byte[] bytes =
                out().u8(3)
                        .u8(200)
                        .u32(0x80FF7F01)
                        .u64(0x80FF7F01A2030405L)
                        .varint(-1)
                        .varint(Long.MIN_VALUE)
                        .varint(300)
                        .bytes(new byte[] {1, -2})
                        .text("é")
                        .varint(4)
                        .raw(new byte[] {7, 8, -9})
                        .done();
        In in = In.record(bytes, 3, "a test");
        assertEquals(3, in.version());
        assertEquals(200, in.u8());
        assertEquals(0x80FF7F01, in.u32());
        assertEquals(0x80FF7F01A2030405L, in.u64());
        assertEquals(-1, in.varint());
        assertEquals(Long.MIN_VALUE, in.varint());
        assertEquals(300, in.varint());
        assertArrayEquals(new byte[] {1, -2}, in.bytes());
        assertEquals("é", in.text());
        assertEquals(4, in.count());
        assertArrayEquals(new byte[] {7, 8, -9}, in.rest());
        assertArrayEquals(new byte[0], in.rest());
    }

    @Test
    void aRecordGrowsPastWhatWasExpected() {
        for (int expected = 0; expected <= 40; expected++) {
            Out out = new Out(expected);
            StringBuilder wanted = new StringBuilder();
            for (int i = 0; i < 20; i++) {
                out.u8(i).u32(i).u64(i).varint(-1).raw(new byte[] {(byte) i, 1});
                wanted.append("%02x%08x%016xffffffffffffffffff01%02x01".formatted(i, i, i, i));
            }
            assertEquals(wanted.toString(), hex(out), "of " + expected);
        }
        assertEquals(100, new Out(0).raw(new byte[100]).done().length);
    }

    @Test
    void versionsFromOneToTheNewestAreReadAndAnyOtherIsRefusedByName() {
        for (int version : List.of(1, 2, 3)) {
            assertEquals(version, In.record(new byte[] {(byte) version}, 3, "a test").version());
        }
        for (int version : List.of(0, 4, 255)) {
            StoreException refused =
                    assertThrows(
                            StoreException.class,
                            () -> In.record(new byte[] {(byte) version}, 3, "a test"));
            assertEquals(StoreException.Code.STORAGE_FAILED, refused.code());
            assertEquals(
                    "a record of a test has format "
                            + version
                            + ", this program knows up to 3: start a newer Millrace",
                    refused.getMessage());
        }
        assertCorrupt("", in -> in);
    }

    @Test
    void aFieldThatIsCutOffIsCorruptNeverFilledUp() {
        assertCorrupt("01", In::u8);
        assertCorrupt("01ffffff", In::u32);
        assertCorrupt("01ffffffffffffff", In::u64);
        assertCorrupt("0180", In::varint);
        assertCorrupt("01030102", In::bytes);
        assertCorrupt("01036162", In::text);
    }

    @Test
    void aNumberOfMoreThanTenGroupsIsCorrupt() {
        assertCorrupt("01" + "80".repeat(10) + "01", In::varint);
        assertEquals(Long.MIN_VALUE, record("01" + "80".repeat(9) + "01").varint());
    }

    @Test
    void aCountIsNoMoreThanTheRecordCanHold() {
        assertEquals(3, record("010300").count());
        assertEquals(0, record("0100").count());
        assertCorrupt("010400", In::count);
        assertCorrupt("01ffffffffffffffffff01", In::count);
        assertCorrupt("018080808010", In::count);
    }

    private static Out out() {
        return new Out(64);
    }

    private static String hex(Out out) {
        return HexFormat.of().formatHex(out.done());
    }

    private static In record(String hex) {
        return In.record(HexFormat.of().parseHex(hex), 1, "a test");
    }

    private static void assertCorrupt(String hex, Function<In, Object> read) {
        StoreException corrupt =
                assertThrows(StoreException.class, () -> read.apply(record(hex)), hex);
        assertEquals(StoreException.Code.CORRUPT, corrupt.code());
        assertTrue(corrupt.getMessage().contains("ends too early"));
    }
}
