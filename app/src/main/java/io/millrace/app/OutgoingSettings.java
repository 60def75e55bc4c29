package io.millrace.app;

import io.millrace.access.Access;
import io.millrace.kit.config.ConfigException;
import io.millrace.kit.config.Configuration;
import io.millrace.kit.config.Setting;
import io.millrace.kit.config.Setting.Kind;
import io.millrace.work.outgoing.AddressGuard;
import io.millrace.work.outgoing.OutgoingException;
import io.millrace.work.outgoing.Sender;
import io.millrace.work.outgoing.SenderOptions;
import io.millrace.work.outgoing.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whom the server calls, and how. Addresses are secrets as a whole: passwords and tokens stand in
 * them.
 *
 * @param deviceHook asked before a device gets in
 * @param events told what happens
 */
record OutgoingSettings(
        Optional<Target> deviceHook, Optional<Target> events, SenderOptions options) {
    private static final int SHORTEST_SECRET = 16;
    private static final int MOST_SECRETS = 2;

    static final List<Setting> KNOWN =
            List.of(
                    new Setting(
                            "devices.hook",
                            Kind.SECRET,
                            "",
                            "URL asked before a device gets a token"),
                    new Setting(
                            "devices.hook-secret",
                            Kind.SECRET,
                            "",
                            "signs what devices.hook is asked; two, separated by a comma, while"
                                    + " it changes over"),
                    new Setting(
                            "hooks.events", Kind.SECRET, "", "URL that is told what happens here"),
                    new Setting(
                            "hooks.events-secret",
                            Kind.SECRET,
                            "",
                            "signs what hooks.events is told; two, separated by a comma, while it"
                                    + " changes over"),
                    new Setting(
                            "outgoing.allow",
                            Kind.LIST,
                            "",
                            "private addresses that may be called: 10.0.0.0/8,backend.internal"),
                    new Setting(
                            "outgoing.trust-file",
                            Kind.TEXT,
                            "",
                            "PEM file of the authorities that called hosts' certificates are of;"
                                    + " unset: Java's"));

    static OutgoingSettings of(Configuration c) {
        AddressGuard guard = guard(c);
        Optional<Target> deviceHook = target(c, "devices.hook", Access.DEVICE_HOOK, guard);
        Optional<Target> events = target(c, "hooks.events", Sender.EVENTS, guard);
        List<String> eventsSecrets = secrets(c, "hooks.events-secret");
        if (events.isPresent() && eventsSecrets.isEmpty()) {
            throw new ConfigException(
                    "'hooks.events' needs 'hooks.events-secret': without a signature its receiver"
                            + " can't tell who calls");
        }
        SenderOptions options =
                SenderOptions.standard()
                        .withGuard(guard)
                        .withTrusted(trusted(c))
                        .withSecrets(Access.DEVICE_HOOK, secrets(c, "devices.hook-secret"))
                        .withSecrets(Sender.EVENTS, eventsSecrets);
        return new OutgoingSettings(deviceHook, events, options);
    }

    private static AddressGuard guard(Configuration c) {
        try {
            return AddressGuard.allowing(c.list("outgoing.allow"));
        } catch (OutgoingException e) {
            throw new ConfigException("'outgoing.allow': " + e.getMessage());
        }
    }

    /** What is wrong is said without the address. */
    private static Optional<Target> target(
            Configuration c, String setting, String name, AddressGuard guard) {
        try {
            Optional<Target> target = c.optional(setting).map(url -> Target.of(name, url));
            target.ifPresent(guard::check);
            return target;
        } catch (OutgoingException e) {
            throw new ConfigException("'" + setting + "': " + e.getMessage());
        }
    }

    private static List<String> secrets(Configuration c, String setting) {
        List<String> secrets =
                Arrays.stream(c.text(setting).split("[,\\s]+")).filter(s -> !s.isEmpty()).toList();
        if (secrets.size() > MOST_SECRETS
                || secrets.stream().anyMatch(s -> s.length() < SHORTEST_SECRET)) {
            throw new ConfigException(
                    "'"
                            + setting
                            + "' must be one secret of at least "
                            + SHORTEST_SECRET
                            + " characters, or two");
        }
        return secrets;
    }

    private static @Nullable Path trusted(Configuration c) {
        Path file = c.optional("outgoing.trust-file").map(Path::of).orElse(null);
        if (file != null && !Files.isReadable(file)) {
            throw new ConfigException(
                    "'outgoing.trust-file' names " + file + ", which can't be read");
        }
        return file;
    }

    /** Without its secrets. */
    @Override
    public String toString() {
        return "OutgoingSettings[" + deviceHook + ", " + events + "]";
    }
}
