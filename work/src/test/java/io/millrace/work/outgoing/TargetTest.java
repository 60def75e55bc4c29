package io.millrace.work.outgoing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Addresses, what is shown of them, and where answers may lead. */
class TargetTest {
    private static final String SECRET = "hunter2hunter2";

    @Test
    void aPasswordBecomesAHeaderAndNothingSecretIsShown() {
        Target t =
                Target.of(
                        "t",
                        "https://u:" + SECRET + "@h.example:8443/p/" + SECRET + "?k=" + SECRET);
        assertEquals("https://h.example:8443/p/" + SECRET + "?k=" + SECRET, t.uri().toString());
        // echo -n u:hunter2hunter2 | base64
        assertEquals("Basic dTpodW50ZXIyaHVudGVyMg==", t.authorization());
        assertEquals("https://h.example:8443/…", t.shown());
        assertFalse(t.toString().contains(SECRET));
        assertNull(Target.of("t", "http://h.example").authorization());
        assertEquals("http://h.example/", Target.of("t", "HTTP://h.example").shown());
        assertEquals("[2001:db8::1]", Target.of("t", "http://[2001:db8::1]/").authority());
    }

    @Test
    void whatIsNoHostOfTheWebIsRefusedAndNotRepeated() {
        for (String wrong :
                List.of(
                        "",
                        SECRET,
                        "ftp://" + SECRET + "@h/",
                        "file:///" + SECRET,
                        "http:///" + SECRET,
                        "http://h_" + SECRET + "/x y",
                        "http://u:" + SECRET + "@/",
                        "http://h:0/" + SECRET,
                        "http://h:70000/" + SECRET,
                        "http://0x7f.1/" + SECRET,
                        "http://0x7f000001/" + SECRET,
                        "http://2130706433/" + SECRET,
                        "http://017700000001/" + SECRET,
                        "http://127.1/" + SECRET,
                        "http://127.0.0.01/" + SECRET,
                        "http://127.0.0.1./" + SECRET,
                        "http://[fe80::1%25eth0]/" + SECRET,
                        "http://h/" + "x".repeat(1024) + SECRET)) {
            OutgoingException e =
                    assertThrows(OutgoingException.class, () -> Target.of("t", wrong), wrong);
            assertFalse(String.valueOf(e.getMessage()).contains(SECRET), e.getMessage());
        }
    }

    @Test
    void redirectsStayOnTheHostAndNeverLoseEncryption() {
        Target t = Target.of("t", "http://u:p@h.example/a/b");
        assertEquals("http://h.example/c", t.redirected("/c").uri().toString());
        assertEquals(t.authorization(), t.redirected("c").authorization());
        assertTrue(t.redirected("https://H.example/c").secure());
        assertThrows(
                OutgoingException.class, () -> t.redirected("https://h.example:8443/c"), "a port");
        for (String away :
                List.of(
                        "http://other.example/",
                        "//other.example/",
                        "http://h.example:8080/",
                        "http://h.example@other.example/",
                        "ftp://h.example/",
                        "http://127.0.0.1/")) {
            assertThrows(OutgoingException.class, () -> t.redirected(away), away);
        }
        Target secure = Target.of("t", "https://h.example/");
        assertThrows(OutgoingException.class, () -> secure.redirected("http://h.example/"));
        assertThrows(OutgoingException.class, () -> secure.redirected("http://h.example:443/"));
    }
}
