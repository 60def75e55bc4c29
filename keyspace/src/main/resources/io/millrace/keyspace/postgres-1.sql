-- Functions of schema version 1. They carry the version in their names, so that nodes of two versions
-- can work side by side while one replaces the other.

-- The first key above every key that begins with the prefix.
create or replace function millrace_after_1(prefix bytea) returns bytea
language plpgsql immutable as $$
declare
  last int := octet_length(prefix) - 1;
begin
  while last >= 0 and get_byte(prefix, last) = 255 loop
    last := last - 1;
  end loop;
  if last < 0 then
    return '\xff'::bytea;
  end if;
  return set_byte(substring(prefix from 1 for last + 1), last, get_byte(prefix, last) + 1);
end $$;

-- One change of one key; returns a counter's new value, else null.
-- op: 0 nothing, 1 put, 2 delete, 3 add. fresh: the row is this transaction's own placeholder.
create or replace function millrace_write_1(
  key bytea, op int, val bytea, delta bigint, fresh boolean) returns bigint
language plpgsql as $$
declare
  held bytea;
  total bigint;
begin
  if op = 1 then
    insert into millrace_kv (k, v) values (key, val)
      on conflict (k) do update set v = excluded.v;
  elsif op = 2 then
    delete from millrace_kv where k = key;
  elsif op = 3 then
    loop
      select v into held from millrace_kv where k = key for update;
      if found then
        if fresh then
          total := delta;
        elsif octet_length(held) <> 8 then
          raise exception using errcode = 'MR002', message =
            'a counter has eight bytes, this value has ' || octet_length(held);
        else
          total := ('x' || encode(held, 'hex'))::bit(64)::bigint + delta;
        end if;
        update millrace_kv set v = int8send(total) where k = key;
        exit;
      end if;
      total := delta;
      insert into millrace_kv (k, v) values (key, int8send(total)) on conflict do nothing;
      exit when found;
    end loop;
  end if;
  return total;
end $$;

-- A guarded batch. Keys come rising and once each, so that row locks are taken in one order.
-- guards: 0 none, 1 holds, 2 absent. A guard that fails raises MR001 with the key's place.
-- Returns the stamps.
create or replace function millrace_commit_1(
  keys bytea[], guards int[], held bytea[], ops int[], vals bytea[], deltas bigint[],
  range_froms bytea[], range_tos bytea[],
  stamp_counters int[], stamp_prefixes bytea[], stamp_values bytea[],
  relaxed boolean) returns bigint[]
language plpgsql as $$
declare
  n int := coalesce(array_length(keys, 1), 0);
  ranges int := coalesce(array_length(range_froms, 1), 0);
  stamped int := coalesce(array_length(stamp_counters, 1), 0);
  now_held bytea;
  counts bigint[];
  used int[];
  counter int;
  stamp bigint;
  stamps bigint[] := '{}';
  placeholders bytea[] := '{}';
begin
  if relaxed then
    perform set_config('synchronous_commit', 'off', true);
  end if;
  for i in 1..n loop
    if guards[i] = 1 then
      select v into now_held from millrace_kv where k = keys[i] for update;
      if not found or now_held <> held[i] then
        raise exception using errcode = 'MR001', message = i::text;
      end if;
    elsif guards[i] = 2 then
      insert into millrace_kv (k, v) values (keys[i], '') on conflict do nothing;
      if not found then
        raise exception using errcode = 'MR001', message = i::text;
      end if;
      if ops[i] = 0 then
        placeholders := placeholders || keys[i];
      end if;
    elsif ranges > 0 then
      perform 1 from millrace_kv where k = keys[i] for update;
    end if;
    if ranges = 0 then
      counts[i] := millrace_write_1(keys[i], ops[i], vals[i], deltas[i], guards[i] = 2);
    end if;
  end loop;
  if ranges > 0 then
    for i in 1..ranges loop
      delete from millrace_kv where k >= range_froms[i] and k < range_tos[i];
    end loop;
    for i in 1..n loop
      counts[i] := millrace_write_1(keys[i], ops[i], vals[i], deltas[i], guards[i] = 2);
    end loop;
  end if;
  for i in 1..stamped loop
    counter := stamp_counters[i];
    used[counter] := coalesce(used[counter], 0) + 1;
    stamp := counts[counter] - deltas[counter] + used[counter];
    stamps := stamps || stamp;
    perform millrace_write_1(
      stamp_prefixes[i] || int8send(stamp), 1, stamp_values[i], null, false);
  end loop;
  if array_length(placeholders, 1) > 0 then
    delete from millrace_kv where k = any (placeholders);
  end if;
  return stamps;
end $$;

-- Keys from start to below finish, those with the delimiter after the prefix rolled into groups, whose
-- members are jumped over.
create or replace function millrace_list_1(
  prefix_bytes int, start bytea, finish bytea, delimiter bytea, most int)
returns table (key bytea, val bytea, rolled boolean)
language plpgsql stable as $$
declare
  lower bytea := start;
  count int := 0;
  jumped boolean;
  place int;
  entry record;
begin
  loop
    jumped := false;
    for entry in
      select kv.k, kv.v from millrace_kv kv
      where kv.k >= lower and kv.k < finish order by kv.k limit most - count
    loop
      place := 0;
      if octet_length(delimiter) > 0 then
        place := position(delimiter in substring(entry.k from prefix_bytes + 1));
      end if;
      count := count + 1;
      if place = 0 then
        key := entry.k;
        val := entry.v;
        rolled := false;
        return next;
      else
        key := substring(
          entry.k from 1 for prefix_bytes + place - 1 + octet_length(delimiter));
        val := null;
        rolled := true;
        return next;
        lower := millrace_after_1(key);
        jumped := true;
        exit;
      end if;
    end loop;
    exit when not jumped or count >= most;
  end loop;
end $$;
