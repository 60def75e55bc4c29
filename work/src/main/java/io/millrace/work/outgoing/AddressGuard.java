package io.millrace.work.outgoing;

import io.millrace.kit.Cidr;
import io.millrace.work.outgoing.OutgoingException.Code;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which addresses a call may go to: those of the public internet, and what the operator allows.
 * What is judged is the address that is connected to, never a name or how a number was written.
 * Immutable.
 *
 * <p>Source: the special-purpose registries of IANA (RFC 6890 and its followers). An IPv6 address
 * that carries an IPv4 address (mapped, compatible, NAT64, 6to4, ISATAP) is judged by that one too.
 */
public final class AddressGuard {
    private static final List<Cidr> REFUSED =
            networks(
                    "0.0.0.0/8", // this host
                    "10.0.0.0/8",
                    "100.64.0.0/10", // shared by carriers; 100.100.100.200 is Alibaba's metadata
                    "127.0.0.0/8",
                    "168.63.129.16", // Azure's own services of a machine
                    "169.254.0.0/16", // link-local, with the metadata of most clouds
                    "172.16.0.0/12",
                    "192.0.0.0/24",
                    "192.0.2.0/24",
                    "192.88.99.0/24",
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "224.0.0.0/4", // multicast
                    "240.0.0.0/4", // reserved and broadcast
                    "2001::/23", // protocols' own, Teredo
                    "2001:db8::/32",
                    "3fff::/20");
    private static final Cidr GLOBAL = Cidr.parse("2000::/3");
    private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");
    private static final Cidr SIX_TO_FOUR = Cidr.parse("2002::/16");

    /** What a cloud tells a machine about itself, with keys: only a range allows that. */
    private static final List<Cidr> METADATA =
            networks(
                    "169.254.0.0/16",
                    "168.63.129.16",
                    "100.100.100.200",
                    "192.0.0.192",
                    "fd00:ec2::/32",
                    "fd20:ce::/32",
                    "fe80::/10");

    private final List<Cidr> ranges;
    private final Set<String> names;

    private AddressGuard(List<Cidr> ranges, Set<String> names) {
        this.ranges = List.copyOf(ranges);
        this.names = Set.copyOf(names);
    }

    /**
     * A guard that allows these beside the public internet.
     *
     * @param allowed addresses, ranges in CIDR form, and names of hosts
     * @throws OutgoingException INVALID
     */
    public static AddressGuard allowing(List<String> allowed) {
        List<Cidr> ranges = new ArrayList<>();
        Set<String> names = new TreeSet<>();
        for (String entry : allowed) {
            boolean name =
                    entry.matches("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
                            && entry.matches(".*[A-Za-z].*");
            if (name) {
                names.add(entry.toLowerCase(Locale.ROOT));
            } else {
                ranges.add(range(entry));
            }
        }
        return new AddressGuard(ranges, names);
    }

    /** Why a call to that host may not go to that address; empty when it may. */
    Optional<String> refusal(String host, InetAddress address) {
        byte[] bytes = address.getAddress();
        List<byte[]> all = new ArrayList<>(List.of(bytes));
        carried(bytes).ifPresent(all::add);
        boolean named = names.contains(host.toLowerCase(Locale.ROOT));
        for (byte[] one : all) {
            if (!in(ranges, one) && !in(ranges, bytes) && special(one)) {
                if (!named || in(METADATA, one)) {
                    return Optional.of(refused(address));
                }
            }
        }
        return Optional.empty();
    }

    private static String refused(InetAddress address) {
        return address.getHostAddress()
                + " is no address of the public internet; outgoing.allow names what else may be"
                + " called";
    }

    /** Refuses a target whose host is a number that may not be called; a name is judged later. */
    public void check(Target target) {
        if (target.host().matches("[0-9.]+") || target.host().indexOf(':') >= 0) {
            refusal(target.host(), range(target.host()).address())
                    .ifPresent(
                            why -> {
                                throw new OutgoingException(Code.INVALID, why);
                            });
        }
    }

    private static Cidr range(String text) {
        try {
            return Cidr.parse(text);
        } catch (IllegalArgumentException e) {
            throw new OutgoingException(
                    Code.INVALID,
                    "'" + text + "' is no range of addresses like 10.0.0.0/8 or fd00::/8");
        }
    }

    private static boolean special(byte[] address) {
        if (address.length == 4) {
            return in(REFUSED, address);
        }
        boolean translated = NAT64.contains(address);
        return !translated && (!GLOBAL.contains(address) || in(REFUSED, address));
    }

    /** The IPv4 address within an IPv6 address. */
    private static Optional<byte[]> carried(byte[] address) {
        if (address.length != 16) {
            return Optional.empty();
        }
        if (SIX_TO_FOUR.contains(address)) {
            return Optional.of(Arrays.copyOfRange(address, 2, 6));
        }
        boolean isatap =
                (address[8] & 0xFD) == 0
                        && address[9] == 0
                        && address[10] == 0x5E
                        && address[11] == (byte) 0xFE;
        boolean last = NAT64.contains(address) || isatap;
        return last ? Optional.of(Arrays.copyOfRange(address, 12, 16)) : Optional.empty();
    }

    private static boolean in(List<Cidr> networks, byte[] address) {
        return networks.stream().anyMatch(n -> n.contains(address));
    }

    private static List<Cidr> networks(String... texts) {
        return Arrays.stream(texts).map(Cidr::parse).toList();
    }
}
