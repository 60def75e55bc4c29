package io.millrace.work.outgoing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which addresses may be called. */
class AddressGuardTest {
    private static final AddressGuard STANDARD = AddressGuard.allowing(List.of());

    @Test
    void nothingButThePublicInternetIsCalled() throws Exception {
        for (String address :
                List.of(
                        "0.0.0.0",
                        "0.1.2.3",
                        "10.0.0.1",
                        "100.64.0.1",
                        "100.100.100.200",
                        "127.0.0.1",
                        "127.9.9.9",
                        "168.63.129.16",
                        "169.254.169.254",
                        "172.16.0.1",
                        "172.31.255.255",
                        "192.0.0.192",
                        "192.168.1.1",
                        "198.18.0.1",
                        "224.0.0.1",
                        "255.255.255.255",
                        "::",
                        "::1",
                        "::127.0.0.1",
                        "::ffff:10.0.0.1",
                        "64:ff9b::10.0.0.1",
                        "64:ff9b::a9fe:a9fe",
                        "64:ff9b:1::808:808",
                        "2002:7f00:1::",
                        "2002:a9fe:a9fe::1",
                        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                        "2600::5efe:10.0.0.1",
                        "2600::200:5efe:10.0.0.1",
                        "fc00::1",
                        "fd00:ec2::254",
                        "fe80::1",
                        "fec0::1",
                        "ff02::1",
                        "2001:db8::1")) {
            assertTrue(refused(STANDARD, "name.example", address), address);
        }
        for (String address :
                List.of(
                        "8.8.8.8",
                        "100.63.255.255",
                        "100.128.0.1",
                        "172.15.0.1",
                        "172.32.0.1",
                        "192.169.0.1",
                        "223.255.255.255",
                        "2606:4700::1111",
                        "64:ff9b::8.8.8.8",
                        "2002:808:808::1")) {
            assertTrue(!refused(STANDARD, "name.example", address), address);
        }
    }

    @Test
    void theOperatorAllowsRangesAndNamesAndMetadataByRangeAlone() throws Exception {
        AddressGuard guard =
                AddressGuard.allowing(List.of("10.1.0.0/16", "fd12::/16", "Backend.internal"));
        assertTrue(!refused(guard, "a", "10.1.255.1"));
        assertTrue(refused(guard, "a", "10.2.0.1"));
        assertTrue(!refused(guard, "a", "fd12::1"));
        assertTrue(refused(guard, "a", "fd13::1"));
        assertTrue(!refused(guard, "a", "64:ff9b::10.1.0.1"));
        assertTrue(!refused(guard, "BACKEND.internal", "192.168.0.1"));
        for (String keys :
                List.of(
                        "169.254.169.254",
                        "168.63.129.16",
                        "100.100.100.200",
                        "192.0.0.192",
                        "fd00:ec2::254",
                        "fd20:ce::254",
                        "fe80::a9fe:a9fe",
                        "64:ff9b::169.254.169.254",
                        "2002:a9fe:a9fe::1",
                        "2600::5efe:169.254.169.254")) {
            assertTrue(refused(guard, "backend.internal", keys), keys);
        }
        AddressGuard metadata = AddressGuard.allowing(List.of("169.254.169.254"));
        assertTrue(!refused(metadata, "a", "169.254.169.254"));
        for (String broken : List.of("10.0.0.0/33", "::1/129", "10.0.0.0/-1", "/8", "a b", "1/x")) {
            assertThrows(
                    OutgoingException.class, () -> AddressGuard.allowing(List.of(broken)), broken);
        }
    }

    @Test
    void anAddressThatMayNotBeCalledIsRefusedWhenItIsSet() {
        for (String literal : List.of("http://127.0.0.1/", "https://[::1]/", "http://[fe80::1]/")) {
            OutgoingException e =
                    assertThrows(
                            OutgoingException.class,
                            () -> STANDARD.check(Target.of("t", literal)),
                            literal);
            assertTrue(String.valueOf(e.getMessage()).contains("outgoing.allow"), e.getMessage());
        }
        STANDARD.check(Target.of("t", "https://8.8.8.8/"));
        STANDARD.check(Target.of("t", "https://name.example/"));
        assertEquals(OutgoingException.Code.INVALID, refusedSetting("http://10.0.0.1/").code());
    }

    private static OutgoingException refusedSetting(String url) {
        return assertThrows(
                OutgoingException.class, () -> STANDARD.check(Target.of("t", url)), url);
    }

    private static boolean refused(AddressGuard guard, String host, String address)
            throws Exception {
        return guard.refusal(host, InetAddress.getByName(address)).isPresent();
    }
}
