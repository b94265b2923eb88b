CREATE TABLE bench_size AS SELECT CAST(:elements AS bigint) AS elements, CAST(:events AS bigint) AS events, CAST(:begins AS timestamptz) AS begins, CAST(:seconds AS double precision) AS seconds, greatest(CAST(:elements AS bigint) / 5, 1) AS loads;
CREATE FUNCTION bench_at(n bigint, of_all bigint) RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT begins + make_interval(secs => seconds * n / of_all) FROM bench_size';
CREATE FUNCTION bench_id(kind text, n bigint, at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, ''0'') || ''7'' || substr(md5(kind || n), 1, 3) || ''8'' || substr(md5(kind || n), 4, 15))::uuid';
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
ALTER TABLE ledger_event DROP CONSTRAINT uq_ledger_event_hash, DROP CONSTRAINT uq_ledger_event_id;
DROP INDEX ix_ledger_event_kind, ix_ledger_event_event_time;
INSERT INTO line (id, plant_id, code, name, families, pallet_length_mm, pallet_width_mm, pallet_max_load_kg, max_waits, auto_release)
SELECT bench_id('line', n, begins), (SELECT id FROM plant), 'L' || n, n || '号线', '[]', 9000, 3500, 20000, '[]', false FROM bench_size, generate_series(1, 4) n;
INSERT INTO station (id, line_id, ordinal, code, kind, name, work, capacity, buffer_after, pallet_order)
SELECT gen_random_uuid(), line.id, s.ordinal, line.code || '-' || s.kind, s.kind, s.name, s.work, s.capacity, s.buffer_after, s.pallet_order
FROM line CROSS JOIN station s WHERE line.code LIKE 'L_' AND s.code LIKE 'SL-%';
CREATE TABLE bench_line AS SELECT id, row_number() OVER (ORDER BY code) - 1 AS number FROM line;
INSERT INTO pallet (id, line_id, number, in_service)
SELECT bench_id('pallet', n, begins), bench_line.id, 100 + n, true FROM bench_size, generate_series(0, 199) n JOIN bench_line ON bench_line.number = n % 5;
INSERT INTO plan_version (id, number, state, created_at, created_by, epoch, note) SELECT bench_id('plan', 1, begins), 1, 'published', begins, 'planner', begins, '' FROM bench_size;
INSERT INTO project (id, plant_id, code, name, address, permit_number, contract_number, created_at)
SELECT bench_id('project', n, begins), (SELECT id FROM plant), 'XM-' || n, '安置房 ' || n || ' 期', '', '', '', begins FROM bench_size, generate_series(0, 49) n;
INSERT INTO building (id, project_id, code, name)
SELECT bench_id('building', n, begins), bench_id('project', n / 4, begins), (n % 4 + 1) || '#', (n % 4 + 1) || '号楼' FROM bench_size, generate_series(0, 199) n;
INSERT INTO floor (id, building_id, name, level)
SELECT bench_id('floor', n, begins), bench_id('building', n / 20, begins), (n % 20 + 1) || 'F', n % 20 + 1 FROM bench_size, generate_series(0, 3999) n;
INSERT INTO customer_order (id, project_id, number, source, source_name, content_sha256, received_at, received_by)
SELECT bench_id('order', n, begins), bench_id('project', n, begins), 'DD-' || n, 'workbook', 'order.xlsx', md5(n::text) || md5(n::text), begins, 'planner' FROM bench_size, generate_series(0, 49) n;
INSERT INTO component_type (id, type_code, revision, family, name, length_mm, width_mm, thickness_mm, concrete_volume_m3, weight_kg, concrete_grade, openings, assumptions, gtin, created_at)
SELECT bench_id('type', n, begins), 'DBS1-67-' || (2000 + n * 10), 1, 'composite_slab', '叠合板', 3420, 1760, 60, 0.36, 903, 'C30', '[]', '[]', '', begins FROM bench_size, generate_series(0, 39) n;
INSERT INTO mould (id, code, family, casts, casts_between_maintenance) SELECT bench_id('mould', n, begins), 'MJ-' || n, 'composite_slab', 0, 200 FROM bench_size, generate_series(0, 399) n;
CREATE TABLE bench_element AS SELECT n, bench_at(n, elements) AS at, bench_id('element', n, bench_at(n, elements)) AS id, n::double precision / elements AS share FROM bench_size, generate_series(0::bigint, elements - 1) n;
INSERT INTO element (id, serial, gtin, epc_hex, digital_link, order_id, project_id, floor_id, component_type_id, position, mark, required_on, erection_sequence, state, state_since, facts, version)
SELECT id, 100000 + n, '06141411234567', lpad(to_hex(n), 24, '0'), 'https://id.gs1.org/01/06141411234567/21/' || (100000 + n),
  bench_id('order', project, begins), bench_id('project', project, begins), bench_id('floor', project * 80 + (n / 7) % 80, begins), bench_id('type', n % 40, begins),
  (n % 9) || '-A', '', (at + interval '14 days')::date, n % 1000,
  CASE WHEN share < 0.90 AND n % 97 = 0 THEN 'scrapped' WHEN share < 0.90 THEN 'installed' WHEN share < 0.93 THEN 'received' WHEN share < 0.935 THEN 'shipped' WHEN share < 0.937 THEN 'loaded'
    WHEN share < 0.985 THEN 'stored' WHEN share < 0.988 THEN 'accepted' WHEN share < 0.990 THEN 'finished' WHEN share < 0.992 THEN 'demoulded' WHEN share < 0.995 THEN 'curing' WHEN share < 0.997 THEN 'in_setup' ELSE 'scheduled' END,
  at, jsonb_build_object('scheduled', at, 'in_setup', at, 'ready_to_cast', at, 'curing', at, 'demoulded', at, 'finished', at, 'accepted', at, 'stored', at, 'line', 'SL'), 5
FROM bench_size, (SELECT *, (n / 500) % 50 AS project FROM bench_element) e;
INSERT INTO pallet_load (id, plan_version_id, number, line_id, sequence, pallet_id, state, concrete_grade, planned_enter, planned_leave, version)
SELECT bench_id('load', n, bench_at(n, loads)), bench_id('plan', 1, begins), n + 1, bench_line.id, n, CASE WHEN n < loads * 0.997 THEN bench_id('pallet', n % 200, begins) END,
  CASE WHEN n < loads * 0.992 THEN 'done' WHEN n < loads * 0.997 THEN 'running' ELSE 'waiting' END, 'C30', bench_at(n, loads), bench_at(n, loads) + interval '10 hours', 1
FROM bench_size, generate_series(0::bigint, loads - 1) n JOIN bench_line ON bench_line.number = n % 5;
INSERT INTO pallet_load_item (load_id, element_id, x_mm, y_mm, rotated)
SELECT bench_id('load', least(n / 5, loads - 1), bench_at(least(n / 5, loads - 1), loads)), id, 200 + n % 5 * 1700, 300, false FROM bench_size, bench_element;
INSERT INTO operation (id, load_id, station_id, ordinal, state, planned_start, planned_end, started_at, finished_at, started_by, finished_by, crew, inferred, version)
SELECT bench_id('op' || s.ordinal, l.sequence, l.planned_enter), l.id, s.id, s.ordinal, CASE l.state WHEN 'waiting' THEN 'waiting' ELSE 'done' END, l.planned_enter, l.planned_leave,
  CASE WHEN l.state <> 'waiting' THEN l.planned_enter + make_interval(mins => s.ordinal * 12) END,
  CASE WHEN l.state <> 'waiting' THEN l.planned_enter + make_interval(mins => s.ordinal * 12 + CASE s.kind WHEN 'curing' THEN 480 ELSE 10 END) END,
  'operator', 'operator', (l.sequence / 40 % 12 + 1) || '班', false, 3
FROM pallet_load l JOIN station s ON s.line_id = l.line_id;
INSERT INTO casting_batch (id, batch_number, concrete_grade, mix_code, volume_m3, mixed_at)
SELECT bench_id('batch', n, bench_at(n * 20, loads)), 'B-' || lpad(n::text, 6, '0'), 'C30', 'PHB-C30-02', 8, bench_at(n * 20, loads) FROM bench_size, generate_series(0, (loads - 1) / 20) n;
INSERT INTO casting (id, batch_id, load_id, crew, poured_m3, measured, at, by)
SELECT bench_id('casting', l.sequence, l.planned_enter), bench_id('batch', l.sequence / 20, bench_at(l.sequence / 20 * 20, loads)), l.id, (l.sequence / 40 % 12 + 1) || '班', 1.8, true, l.planned_enter + interval '96 minutes', 'operator'
FROM bench_size, pallet_load l WHERE l.state <> 'waiting';
INSERT INTO material_lot (id, kind, lot_number, supplier, description, certificate_number, received_at, released)
SELECT bench_id('cement', n, bench_at(n * 400, loads)), 'cement', 'SN-' || n, '华新水泥', '', '', bench_at(n * 400, loads), true FROM bench_size, generate_series(0, (loads - 1) / 400) n
UNION ALL SELECT bench_id('mesh', n, bench_at(n * 200, loads)), 'mesh', 'WP-' || n, '钢厂', '', '', bench_at(n * 200, loads), true FROM bench_size, generate_series(0, (loads - 1) / 200) n
UNION ALL SELECT bench_id('sleeve', n, bench_at(n * loads / 20, loads)), 'sleeve', 'TT-' || n, '套筒厂', '', '', bench_at(n * loads / 20, loads), true FROM bench_size, generate_series(0, 19) n;
INSERT INTO batch_material (id, lot_id, batch_id, noted_at, noted_by)
SELECT bench_id('bm', n, bench_at(n * 20, loads)), bench_id('cement', n / 20, bench_at(n / 20 * 400, loads)), bench_id('batch', n, bench_at(n * 20, loads)), bench_at(n * 20, loads), 'operator' FROM bench_size, generate_series(0, (loads - 1) / 20) n;
INSERT INTO material_use (id, lot_id, load_id, used_at, used_by)
SELECT bench_id('mu', l.sequence, l.planned_enter), bench_id('mesh', l.sequence / 200, bench_at(l.sequence / 200 * 200, loads)), l.id, l.planned_enter, 'operator' FROM bench_size, pallet_load l WHERE l.state <> 'waiting'
UNION ALL SELECT bench_id('su', l.sequence, l.planned_enter), bench_id('sleeve', l.sequence * 20 / loads, bench_at((l.sequence * 20 / loads) * loads / 20, loads)), l.id, l.planned_enter, 'operator' FROM bench_size, pallet_load l WHERE l.state <> 'waiting';
INSERT INTO mould_use (id, mould_id, load_id, used_at, used_by)
SELECT bench_id('mo', l.sequence, l.planned_enter), bench_id('mould', l.sequence % 400, begins), l.id, l.planned_enter, 'operator' FROM bench_size, pallet_load l WHERE l.state <> 'waiting';
INSERT INTO yard_slot (id, plant_id, code, kind, capacity) SELECT bench_id('slot', n, begins), (SELECT id FROM plant), chr(65 + n / 20) || '-' || lpad((n % 20)::text, 2, '0'), 'flat', 200 FROM bench_size, generate_series(0, 399) n;
INSERT INTO yard_place (element_id, slot_id, stored_at) SELECT e.id, bench_id('slot', e.serial / 120 % 400, begins), e.state_since FROM bench_size, element e WHERE e.state = 'stored';
INSERT INTO delivery (id, number, sscc, project_id, state, planned_on, vehicle_plate, driver_name, driver_phone, weight_limit_kg, created_at, version)
SELECT bench_id('delivery', n, bench_at(n * 25, elements)), 'DN-P1-' || n, lpad(n::text, 18, '0'), bench_id('project', n * 25 / 500 % 50, begins),
  CASE WHEN n * 25 < elements * 0.93 THEN 'completed' WHEN n * 25 < elements * 0.935 THEN 'departed' ELSE 'loading' END, bench_at(n * 25, elements)::date, '闽D' || n, '', '', 30000, bench_at(n * 25, elements), 1
FROM bench_size, generate_series(0::bigint, (elements * 0.937)::bigint / 25) n;
INSERT INTO delivery_item (delivery_id, element_id, stack_order, loaded_at, certificate_number, photos)
SELECT bench_id('delivery', n / 25, bench_at(n / 25 * 25, elements)), id, n % 25 + 1, at, 'HGZ-' || n, '[]' FROM bench_size, bench_element WHERE share < 0.937;
INSERT INTO ledger_event (sequence, id, kind, event_time, recorded_time, content, hash)
SELECT n + 1, bench_id('event', n, bench_at(n, events)), (ARRAY['element.created', 'element.scheduled', 'element.set_up', 'element.material_used', 'element.hidden_works_accepted', 'element.cast', 'element.demoulded', 'element.finished', 'element.final_accepted', 'element.certified', 'element.stored', 'element.installed'])[n % 12 + 1],
  bench_at(n, events), bench_at(n, events), jsonb_build_object('kind', 'element.cast', 'who', jsonb_build_object('name', 'operator', 'role', 'operator', 'kind', 'person', 'organisation', '示范构件有限公司', 'crew', 'A班'), 'where', jsonb_build_object('line', 'SL', 'station', 'SL-casting', 'station_name', '布料'), 'how', jsonb_build_object('load', n / 60, 'pallet', n % 200, 'machine', 'SL/casting'), 'elements', jsonb_build_array(jsonb_build_object('serial', 100000 + n / 12, 'type_code', 'DBS1-67-3620', 'state', 'curing')), 'data', '{}'::jsonb),
  md5('a' || n) || md5('b' || n) FROM bench_size, generate_series(0::bigint, events - 1) n;
INSERT INTO ledger_subject (event_sequence, subject, ordinal, previous_hash)
SELECT n + 1, 'element:' || (100000 + n / 12), n % 12 + 1, CASE WHEN n % 12 > 0 THEN md5('a' || (n - 1)) || md5('b' || (n - 1)) END FROM bench_size, generate_series(0::bigint, events - 1) n;
ALTER TABLE ledger_event ADD CONSTRAINT uq_ledger_event_hash UNIQUE (hash), ADD CONSTRAINT uq_ledger_event_id UNIQUE (id);
CREATE INDEX ix_ledger_event_kind ON ledger_event (kind);
CREATE INDEX ix_ledger_event_event_time ON ledger_event (event_time);
VACUUM ANALYZE;
