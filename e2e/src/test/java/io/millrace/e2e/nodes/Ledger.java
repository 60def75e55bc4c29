package io.millrace.e2e.nodes;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an observer inside PostgreSQL notes of every commit of fenced work: who wrote, what, and
 * whose lease it was at that moment. The servers know nothing of it.
 *
 * <p>The launch of a server is told by the application name of its connections, which is another
 * one after each start.
 */
final class Ledger {
    private static final String INSTALL =
            """
            create table ledger (
              seq bigserial primary key, launch text, op text, k bytea, v bytea,
              lease bytea, other bytea,
              at bigint default (extract(epoch from clock_timestamp()) * 1000)::bigint);

            create function ledger_lease(name text) returns bytea language sql volatile as $$
              select v from millrace_kv
              where k = '\\x576c'::bytea || convert_to(name, 'UTF8') || '\\x0001'::bytea
            $$;

            create function ledger_note() returns trigger language plpgsql as $$
            declare
              key bytea := case tg_op when 'DELETE' then old.k else new.k end;
              value bytea := case tg_op when 'DELETE' then old.v else new.v end;
              family int := get_byte(key, 0);
              kind int := get_byte(key, 1);
              ended int := position('\\x0001'::bytea in key);
              lease bytea;
              other bytea;
            begin
              if octet_length(value) = 0 or not family = any (array[83, 87, 68, 86, 80, 65])
                or family = ascii('A') and (
                  tg_op <> 'DELETE'
                  or not substring(key from 2 for ended - 2)::text = any (array[
                    'session'::bytea::text, 'link'::bytea::text,
                    'enrol'::bytea::text, 'nonce'::bytea::text])) then
                return null;  -- a placeholder of a guard, or no row of fenced work: S W D V P A
              elsif family = ascii('A') then
                lease := ledger_lease('access/sweep');
              elsif family = ascii('S') and kind between 2 and 4 then
                lease := ledger_lease(
                  'live/stream/' || convert_from(substring(key from 3 for ended - 3), 'UTF8'));
              elsif family = ascii('D') then
                lease := ledger_lease('store/reclaim');
              elsif family = ascii('V') and octet_length(key) >= 27 then
                lease := ledger_lease('store/reclaim');
                other := ledger_lease(
                  'store/compact/' || encode(substring(key from 4 for 16), 'hex')::uuid);
              elsif family = ascii('W') and kind = ascii('c') then
                lease := ledger_lease(
                  'follower/' || convert_from(substring(key from 3 for ended - 3), 'UTF8'));
              end if;
              insert into ledger (launch, op, k, v, lease, other)
              values (current_setting('application_name'), tg_op, key, value, lease, other);
              return null;
            end $$;

            create constraint trigger ledger after insert or update or delete on millrace_kv
              deferrable initially deferred for each row execute function ledger_note();
            """;

    /** A lease as its record says. */
    record Held(long epoch, long incarnation, String owner) {
        static @Nullable Held decode(byte @Nullable [] value) {
            if (value == null) {
                return null;
            }
            ByteBuffer in = ByteBuffer.wrap(value);
            in.get();
            long epoch = in.getLong();
            long incarnation = in.getLong();
            byte[] owner = new byte[in.remaining()];
            in.get(owner);
            return new Held(epoch, incarnation, new String(owner, StandardCharsets.UTF_8));
        }
    }

    /**
     * One row that a commit wrote.
     *
     * @param launch of which server
     * @param value what the key holds now, or held before it was deleted
     * @param lease the one that fences this kind of row, as it stood at the commit
     * @param other the one of the volume's store, which may fence it too
     * @param atMillis when that was, by the database's clock
     */
    record Row(
            long seq,
            String launch,
            boolean deleted,
            boolean inserted,
            byte[] key,
            byte[] value,
            @Nullable Held lease,
            @Nullable Held other,
            long atMillis) {
        boolean is(char family, int kind) {
            return key[0] == family && key[1] == kind;
        }

        /** The text that begins at the third byte of the key. */
        String name() {
            int end = 2;
            while (key[end] != 0) {
                end++;
            }
            return new String(key, 2, end - 2, StandardCharsets.UTF_8);
        }
    }

    private final String url;

    /** Begins to note; the servers' tables must be there. */
    static Ledger install(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(INSTALL);
        }
        return new Ledger(url);
    }

    private Ledger(String url) {
        this.url = url;
    }

    /** All rows in the order of their commits. */
    List<Row> rows() throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet found =
                        statement.executeQuery(
                                "select seq, launch, op, k, v, lease, other, at from ledger"
                                        + " order by seq")) {
            while (found.next()) {
                rows.add(
                        new Row(
                                found.getLong(1),
                                found.getString(2),
                                found.getString(3).equals("DELETE"),
                                found.getString(3).equals("INSERT"),
                                found.getBytes(4),
                                found.getBytes(5),
                                Held.decode(found.getBytes(6)),
                                Held.decode(found.getBytes(7)),
                                found.getLong(8)));
            }
        }
        return rows;
    }
}
