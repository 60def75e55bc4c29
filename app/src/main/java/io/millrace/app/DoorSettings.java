package io.millrace.app;

import com.sun.management.UnixOperatingSystemMXBean;
import io.millrace.kit.config.ConfigException;
import io.millrace.kit.config.Configuration;
import io.millrace.kit.config.Setting;
import io.millrace.kit.config.Setting.Kind;
import io.millrace.kit.door.DoorBounds;
import io.millrace.kit.door.TrustedProxies;
import io.millrace.kit.http.HttpDoorOptions;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * The bounds that every door has for itself, and whom all doors trust.
 *
 * @param bounds of one door
 */
record DoorSettings(DoorBounds bounds, TrustedProxies proxies) {
    private static final int USUAL = 10_000;
    private static final int MOST = 1_000_000;

    static final List<Setting> KNOWN =
            List.of(
                    new Setting(
                            "doors.connections",
                            Kind.NUMBER,
                            "0",
                            "open at a door; beyond, who keeps it waiting longest is closed;"
                                    + " 0: 10000, or a fifth of the open files allowed"),
                    new Setting(
                            "doors.memory",
                            Kind.BYTES,
                            "",
                            "what a door holds for its clients; unset: an eighth of the heap's most"),
                    new Setting(
                            "doors.address.connections",
                            Kind.NUMBER,
                            "0",
                            "open at a door from one address; 0: a quarter of doors.connections"),
                    new Setting(
                            "doors.address.memory",
                            Kind.BYTES,
                            "",
                            "what a door holds for one address; unset: half of doors.memory"),
                    new Setting(
                            "doors.address.unproven",
                            Kind.NUMBER,
                            "0",
                            "requests of one address that have proved nothing and whose bodies are"
                                    + " to come; 0: a sixteenth of doors.connections"),
                    new Setting(
                            "doors.trusted-proxies",
                            Kind.LIST,
                            "",
                            "whose X-Forwarded-For is believed: 10.0.0.0/8,192.0.2.7"));

    static DoorSettings of(Configuration c) {
        int connections = number(c, "doors.connections", openFilesAllow());
        DoorBounds usual =
                c.optional("doors.memory").isEmpty()
                        ? DoorBounds.ofMemory(connections, 8)
                        : DoorBounds.of(connections, Math.max(1 << 20, c.bytes("doors.memory")));
        DoorBounds bounds =
                usual.withAddress(
                        number(c, "doors.address.connections", usual.addressConnections()),
                        c.optional("doors.address.memory").isEmpty()
                                ? usual.addressBytes()
                                : Math.max(1 << 20, c.bytes("doors.address.memory")),
                        number(c, "doors.address.unproven", usual.addressUnproven()));
        try {
            return new DoorSettings(bounds, TrustedProxies.parse(c.list("doors.trusted-proxies")));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "'doors.trusted-proxies' takes addresses and networks such as 10.0.0.0/8: "
                            + e.getMessage());
        }
    }

    private static int number(Configuration c, String name, int usual) {
        long number = c.number(name);
        if (number < 0 || number > MOST) {
            throw new ConfigException("'" + name + "' must be 0 to " + MOST);
        }
        return number == 0 ? usual : (int) number;
    }

    /** Four doors, and the rest for volumes, tables and connections to elsewhere. */
    private static int openFilesAllow() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof UnixOperatingSystemMXBean system
                ? Math.clamp(system.getMaxFileDescriptorCount() / 5, 50, USUAL)
                : USUAL;
    }

    /** An HTTP door within these bounds. */
    HttpDoorOptions door(String name, String host, int port) {
        return HttpDoorOptions.of(name, host, port).within(bounds).behind(proxies);
    }
}
