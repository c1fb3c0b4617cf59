-- How often a lease of the job ended because its node died or fell silent: not when it was released, failed or completed, nor when its node
-- left in good order. Most are no fault of the job's; with several there is reason to compute it apart.
ALTER TABLE job ADD COLUMN deaths integer NOT NULL DEFAULT 0;
