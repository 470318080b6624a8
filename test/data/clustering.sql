-- Written by test/oracle/kmeans.py: scikit-learn 1.2.1, numpy 1.24.2
CREATE TABLE points AS
SELECT i, ARRAY[(i * 7919 % 1009) / 300.0 + i % 4 * 3, (i * 104729 % 997) / 250.0 + i % 2 * 4, (i * i * i % 9973) / 6000.0]::float8[] AS features
FROM generate_series(1, 400) i;
CREATE TEMP TABLE expected (name text PRIMARY KEY, value float8);
INSERT INTO expected VALUES
	('silhouette mod 2', '0.3234605733999848'),
	('silhouette mod 4', '0.566445559918789'),
	('silhouette mod 7', '-0.034108413788986984'),
	('silhouette of one alone', '0.058768343143363495'),
	('inertia 1', '7129.30534055993'),
	('inertia of batches 1', '7134.935196976132'),
	('inertia 2', '3511.2360055419163'),
	('inertia of batches 2', '3544.630903543657'),
	('inertia 4', '989.452125934167'),
	('inertia of batches 4', '992.764021438363'),
	('silhouette 4', '0.566445559918789'),
	('inertia 6', '778.3491655282407'),
	('inertia of batches 6', '805.5121527195229'),
	('silhouette 6', '0.41988130508075355');
