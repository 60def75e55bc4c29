package io.millrace.edge.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.testkit.Seed;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One normal form of paths; heads that cannot be taken two ways; ranges. */
class TargetTest {
    @ParameterizedTest
    @CsvSource({
        "/,/",
        "/a/b,/a/b",
        "/a//b,/a//b",
        "/a/./b,/a/b",
        "/a/../b,/b",
        "/a/b/..,/a/",
        "/a/.,/a/",
        "/%61%2f%7e,/a%2F~",
        "/a/%2e%2E/b,/b",
        "/.hidden,/.hidden",
        "/a..b/..c,/a..b/..c",
        "/ü,/%FC",
    })
    void normalForms(String raw, String normal) {
        assertEquals(normal, Target.normalise(raw));
        assertEquals(normal, Target.normalise(normal), "the normal form is its own");
    }

    @ParameterizedTest
    @CsvSource({"/..", "/a/../..", "/%2e%2e/", "/%", "/%4", "/%zz", "/%00"})
    void pathsWithoutANormalForm(String raw) {
        assertThrows(MalformedRequest.class, () -> Target.normalise(raw));
    }

    @Test
    void whatAPersonWroteIsEscapedAsUtf8() {
        assertEquals("/%C3%BC%20a", Target.normaliseText("/ü a"));
        assertEquals("/%C3%BC", Target.normaliseText("/%c3%bc"));
    }

    @Test
    void randomBytesAreParsedOrRefusedButNeverThrowAnythingElse() {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        byte[] good =
                "GET /a?b HTTP/1.1\r\nHost: x\r\nRange: bytes=1-2\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 50_000; i++) {
            byte[] head = good.clone();
            for (int j = random.nextInt(5); j >= 0; j--) {
                head[random.nextInt(head.length - 4)] = (byte) random.nextInt(256);
            }
            try {
                HeadParser.parse(head, 0, head.length);
            } catch (MalformedRequest expected) {
                // Refused with a status: what is wanted.
            } catch (RuntimeException e) {
                throw new AssertionError(
                        seed + ": " + new String(head, StandardCharsets.ISO_8859_1), e);
            }
        }
    }
}
